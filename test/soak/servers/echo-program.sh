# An MCP server of the 2025 era without packages, for `instance: per-request`: it starts in a few
# milliseconds, so that thousands of programs can be started. SOAK_NAME is its name.

after() {
  rest=${line#*"$1"}
}

answer() {
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"
}

while IFS= read -r line; do
  # The host's ids are numbers, and a text of the soak has no quote in it.
  after '"id":'
  id=${rest%%[!0-9]*}
  case $line in
    *'"method":"initialize"'*)
      answer "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"$SOAK_NAME\",\"version\":\"1.0.0\"}}"
      ;;
    *'"method":"tools/list"'*)
      answer '{"tools":[{"name":"echo","inputSchema":{"type":"object"}}]}'
      ;;
    *'"method":"tools/call"'*)
      after '"text":"'
      answer "{\"content\":[{\"type\":\"text\",\"text\":\"$SOAK_NAME:${rest%%\"*}\"}]}"
      ;;
    *'"method":"ping"'*)
      answer '{}'
      ;;
  esac
done
