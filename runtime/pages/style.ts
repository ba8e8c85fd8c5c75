// The style of the pages: one sheet, system fonts, light and dark.

export const STYLE = `
:root{color-scheme:light dark;--paper:#fafaf9;--card:#fff;--ink:#1c2127;--soft:#555e69;--line:#e1e4e8;--code:#f2f3f5;
--accent:#0a58a8;--accent-soft:#e8f1fb;--good:#15692f;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--paper:#101317;--card:#171b21;--ink:#e7eaee;--soft:#a2acb8;--line:#2b323c;
--code:#20262e;--accent:#7cb8ff;--accent-soft:#1b2a3d;--good:#62c983;--bad:#ff8a80}}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
header,main,footer{max-width:48rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem;font-size:.875rem}
main{padding-top:1.25rem;padding-bottom:2.5rem}
footer{padding-bottom:2.5rem;color:var(--soft);font-size:.875rem}
footer>p{padding-top:1.25rem;border-top:1px solid var(--line)}
h1,h2,h3,h4{line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h1{font-size:2rem;letter-spacing:-.022em}
h2{font-size:1.125rem}
h3{font-size:1rem}
h4{font-size:.9375rem}
p,ul,dl,pre{margin:0}
ul{padding:0;list-style:none}
a{color:var(--accent);text-underline-offset:.18em}
a:focus-visible,button:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:6px}
code,pre{font:.875em/1.55 ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
pre{white-space:pre-wrap;tab-size:2}
section{margin-top:2.25rem}
section>h2,section>h3{margin-bottom:.75rem}
.soft{color:var(--soft)}
.small{font-size:.875rem}
.small+.small{margin-top:.6rem}
.lead{margin-top:.6rem;font-size:1.125rem;line-height:1.55;color:var(--soft);white-space:pre-line}
.text{white-space:pre-line}
.facts{display:flex;flex-wrap:wrap;gap:.375rem 1rem;align-items:center;margin-top:.75rem;font-size:.875rem;color:var(--soft)}
.state{display:inline-flex;align-items:center;gap:.45rem}
.state::before{content:"";flex:none;width:.55rem;height:.55rem;border-radius:50%;background:var(--soft)}
.good::before{background:var(--good)}
.bad::before{background:var(--bad)}
.good{color:var(--good)}
.bad{color:var(--bad)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.copy{display:flex;gap:.75rem;align-items:flex-start;justify-content:space-between;padding:.6rem .6rem .6rem .9rem;background:var(--code);border:1px solid var(--line);border-radius:8px}
.copy>code,.copy>pre{min-width:0;padding-top:.2rem}
.places{font-size:.875rem;color:var(--soft)}
button,.install{display:inline-block;flex:none;padding:.3rem .7rem;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--ink);font:500 .875rem/1.4 inherit;font-family:inherit;text-decoration:none;cursor:pointer}
button:hover,.install:hover{border-color:var(--accent);color:var(--accent)}
.installs{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 1rem}
.install{padding:.45rem .9rem}
.rows>*+*{border-top:1px solid var(--line)}
.clients{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),1fr));margin-top:.6rem;overflow:hidden}
.clients>details{margin-top:-1px;border-top:1px solid var(--line)}
.clients>details[open],.clients>details:nth-last-child(-n+2){grid-column:1/-1}
summary{padding:.6rem .9rem;cursor:pointer;font-weight:500}
summary:hover{color:var(--accent)}
details>div{display:grid;gap:.6rem;padding:.1rem .9rem 1rem}
.tool{padding:.95rem}
.tool>p{margin-top:.3rem}
.tool details{margin-top:.45rem}
.tool summary{padding:0;font-weight:400;font-size:.875rem;color:var(--soft)}
.tool li{padding:.35rem 0 0 1rem;font-size:.875rem}
.name{display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:baseline}
.tag{padding:.05rem .5rem;border-radius:99px;background:var(--accent-soft);color:var(--accent);font-size:.75rem;font-weight:550;letter-spacing:0}
.tag.bad{background:none;border:1px solid currentColor;color:var(--bad)}
.tag.bad::before{content:none}
.servers{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:1rem;margin-top:1.75rem}
.servers>li{display:flex;flex-direction:column;padding:1.1rem 1.2rem}
.servers p{margin-top:.35rem;white-space:pre-line}
.servers .facts{margin-top:auto;padding-top:.9rem}
.one{margin-top:3rem;padding-top:2.5rem;border-top:1px solid var(--line)}
.one>h2{font-size:1.5rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip:focus{position:static;width:auto;height:auto;clip-path:none}
@media(max-width:26rem){h1{font-size:1.625rem}.copy{flex-direction:column;align-items:stretch}.copy button{align-self:flex-end}header,main,footer{padding-left:1rem;padding-right:1rem}}
@media(forced-colors:active){.state::before{forced-color-adjust:none}}
@media print{button,.skip{display:none}}
`;
