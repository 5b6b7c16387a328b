/**
 * The page's one style sheet. Blue and green are those of Okabe and Ito, which people who see fewer
 * colours tell apart, darker on white and lighter on black; each line has its own dashes as well,
 * and verdicts are words.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f5f6f8; --text: #16191d; --muted: #565e68; --line: #d5d9de;
  --blue: #0072b2; --green: #008a64; --bad: #b3261e; --good: #17663f; --open: #7a5200; --mark: #8a5a00;
  --bad-card: #fdf0ee; --good-card: #eef7f1; --open-card: #fdf6e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1c1f24; --text: #e8eaed; --muted: #a6adb6; --line: #383e46;
    --blue: #6db7ea; --green: #3fd0a0; --bad: #ff9f94; --good: #7fd6a4; --open: #f0c060; --mark: #f0b14a;
    --bad-card: #2e1b1a; --good-card: #16261d; --open-card: #2a2314;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 64rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
p, ul { margin: .25rem 0 .75rem; }
ul { padding-left: 1.2rem; }
.muted, figcaption, .when { color: var(--muted); }
.muted, .when, figcaption { font-size: .9rem; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .88em; }
.story { background: var(--card); border-left: .35rem solid var(--muted); border-radius: .4rem; padding: .9rem 1rem; margin: 1rem 0; }
.story.bad { background: var(--bad-card); border-color: var(--bad); }
.story.good { background: var(--good-card); border-color: var(--good); }
.story.open { background: var(--open-card); border-color: var(--open); }
.story dl { margin: 0; display: grid; grid-template-columns: 9rem 1fr; gap: .5rem 1rem; }
.story dt { font-weight: 600; }
.story dd { margin: 0; }
.story dd p { margin: 0 0 .35rem; }
.word { font-weight: 600; white-space: nowrap; }
.word.bad { color: var(--bad); } .word.good { color: var(--good); } .word.open { color: var(--open); }
.stages { list-style: none; margin: 0; padding: 0; }
.stages > li { border-left: .2rem solid var(--line); padding: 0 0 1rem 1rem; position: relative; }
.stages > li::before {
  content: ""; position: absolute; left: -.5rem; top: .35rem; width: .8rem; height: .8rem; border-radius: 50%;
  background: var(--good); border: .15rem solid var(--page);
}
.stages > li.bad::before { background: var(--bad); border-radius: 0; }
.stages > li.open::before { background: var(--open); }
.stages ul { margin: .25rem 0 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
.key { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; font-size: .9rem; margin: .25rem 0; }
.key svg { display: inline-block; width: 2.2rem; height: .7rem; margin-right: .4rem; vertical-align: middle; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0 .75rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .2rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; }
.time { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.unknown { border: 1px dashed var(--muted); border-radius: .4rem; padding: .5rem .8rem; color: var(--text); }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .75rem; color: var(--muted); font-size: .9rem; }
@media (max-width: 40rem) {
  .story dl { grid-template-columns: 1fr; gap: .1rem; }
  .story dd { margin-bottom: .6rem; }
  table.cards, .cards tbody, .cards tr, .cards td, .cards th[scope=row] { display: block; width: 100%; }
  .cards caption { display: block; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .cards td, .cards th[scope=row] { border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  .cards td[data-name]::before { content: attr(data-name) ": "; color: var(--muted); }
  .cards td.empty { display: none; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --text: #000000; --muted: #444444; --line: #bbbbbb;
    --blue: #0072b2; --green: #008a64; --bad: #b3261e; --good: #17663f; --open: #7a5200; --mark: #8a5a00;
    --bad-card: #ffffff; --good-card: #ffffff; --open-card: #ffffff;
  }
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  .stages > li, tr { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; }
}
`;
