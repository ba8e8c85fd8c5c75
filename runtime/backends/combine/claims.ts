// Remembers which members listed which resources, to choose the member to ask first.

import type { JsonObject } from '../../exchange/exchange.ts';
import type { Member } from '../../exchange/member.ts';

/** The oldest are forgotten first: then each member is asked in turn. */
const MAX_URIS = 10_000;

export class Claims {
  readonly #byUri = new Map<string, ReadonlySet<Member>>();
  readonly #templates = new Map<Member, readonly string[]>();

  learn(member: Member, method: string, items: readonly JsonObject[]): void {
    if (method === 'resources/list') {
      for (const { uri } of items) if (typeof uri === 'string') this.#claim(uri, member);
    } else if (method === 'resources/templates/list') {
      const templates = items.map(({ uriTemplate }) => uriTemplate);
      this.#templates.set(
        member,
        templates.filter((each) => typeof each === 'string').slice(0, MAX_URIS),
      );
    }
  }

  /**
   * @param uri of a resource, or a template of it.
   * @returns those first that have listed it; any other may know it all the same.
   */
  inOrder(uri: unknown, members: readonly Member[]): readonly Member[] {
    const text = String(uri);
    const isClaimed = (member: Member): boolean =>
      this.#byUri.get(text)?.has(member) === true || this.#matchesTemplate(member, text);
    const first = members.filter(isClaimed);
    return [...first, ...members.filter((member) => !first.includes(member))];
  }

  #claim(uri: string, member: Member): void {
    const claimed = this.#byUri.get(uri);
    if (claimed?.has(member)) return;
    if (!claimed && this.#byUri.size >= MAX_URIS) {
      const [oldest] = this.#byUri.keys();
      this.#byUri.delete(oldest as string);
    }
    this.#byUri.set(uri, new Set([...(claimed ?? []), member]));
  }

  /** By what stands before the first variable: to be asked first, that is enough. */
  #matchesTemplate(member: Member, uri: string): boolean {
    return (this.#templates.get(member) ?? []).some((template) => {
      const fixed = template.split('{', 1)[0] as string;
      return template === uri || (fixed.includes(':') && uri.startsWith(fixed));
    });
  }
}
