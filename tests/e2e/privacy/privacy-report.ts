import type { Recorded } from './recording-proxy';

/** What `npm run prove-privacy` saw. */
export interface PrivacyFindings {
  date: string;
  browser: string;
  model: string;
  appOrigin: string;
  steps: string[];
  /** Requests to the app's own server, as the proxy saw them. */
  own: Recorded[];
  /** To hosts that are neither that server nor the browser's own maker. */
  strayed: Recorded[];
  /** How many requests page, workers and service worker made, as the browser's debugger saw them. */
  made: number;
  /** Host → requests to it by the browser itself, as the proxy saw them. */
  browserOwn: Record<string, number>;
  /** The same on a page with a form and no script. */
  baseline: Record<string, number>;
  /** Way out → what the page's own check said of it. */
  check: Record<string, string>;
  /** The same with the policy taken out of the app. */
  control: Record<string, string>;
  controlLog: Recorded[];
}

/** The report as Markdown, for a reader who knows networks and not this code. */
export function writeReport(findings: PrivacyFindings): string {
  const { date, browser, model, appOrigin, steps, own, strayed, made } = findings;
  const bodies = own.filter(({ bodyBytes }) => bodyBytes > 0).length;
  const queries = own.filter(({ url }) => new URL(url).search !== '').length;
  const methods = [...new Set(own.map(({ method }) => method))].join(', ');
  return `# Privacy report

Written by \`npm run prove-privacy\` on ${date}, in ${browser}, with the model
${model}. Run it yourself: it takes a few minutes and overwrites this file.

## What was done

The built app was put on a plain web server that sends no security headers, which is the weakest host it may meet. A fresh
browser was made to send everything it sends, of every page, worker and service worker, through a proxy that writes down
each request and answers only those to the app's own address (\`${appOrigin}\` in this run). Then the whole of the app was
used:

| step | requests to the app's own server | requests of the app to anybody else |
| --- | ---: | ---: |
${steps.map((step) => `| ${step} | ${countOf(own, step)} | ${countOf(strayed, step)} |`).join('\n')}
| **all** | **${own.length}** | **${strayed.length}** |

The requests to its own server were all ${methods}, ${bodies} of them with a body and ${queries} with a query: nothing but
file names went up. They fetched:

${groupsOf(own, appOrigin)}

How the zero is known: the browser's debugger, which names the page, worker or service worker behind each request, saw ${made}
requests of the app, none to another host; and the proxy, which sees also what the debugger does not, saw no other host
but these of the browser's own maker.

What lies on the disk afterwards is the second part of the command: [privacy-disk.md](privacy-disk.md). Images as sources were
opened in neither; a folder of images was compared and trained on in the second, and \`tests/e2e/privacy/leftovers.test.ts\` searches the
profile after a folder was opened for a visit.

## What the browser sent by itself

| host | while the app was used | on a page with a form and no script, in 45 s |
| --- | ---: | ---: |
${hostsOf(findings)}

These are Chromium's own: its updates, its accounts, its autofill, which by its maker's description sends a hash of the names
of a form's fields and never what is in them. The app neither asks for them nor can it stop them. Where they are not
wanted, the browser's policies (\`ComponentUpdatesEnabled\`, \`BrowserSignin\`, \`AutofillAddressEnabled\`) are the place to look,
which was not tried here, or a firewall: the app works with no network at all.

## The page's own check

The button under "Requests" in the footer tries every way out to a host that was listening. A failure counts only where the
browser reports that the policy caused it.

| way out | the app as it ships | the same app, policy taken out |
| --- | --- | --- |
${Object.keys(findings.check)
  .map((way) => `| ${way} | ${findings.check[way]} | ${findings.control[way]} |`)
  .join('\n')}

The second column is the control: it shows that the check turns red, and the proxy that wrote the table above then recorded
${findings.controlLog.length} requests to the other host. So neither is blind.

${LIMITS}`;
}

const LIMITS = `## What this does not show

A Content-Security-Policy binds the app's own code. It cannot stop, and this run does not measure:

- **Navigation.** Whoever opens another address, or follows a link (the licences of models, say), leaves the app. A link can
  carry text in its address; the app has none that does.
- **models.html.** This second page may fetch from other hosts, because that is what it is for. Its code opens no gallery,
  no prompt and no image (a test follows its imports). It is of the same origin, so this is a property of its code and
  not of the browser.
- **Browser extensions**, which may read any page and send what they like.
- **The browser and the operating system**: updates, crash reports, spelling services, name look-ups, sync, screenshots,
  backups, swap files. Name look-ups and connections opened ahead of need (\`dns-prefetch\`, \`preconnect\`) are not covered by
  the policy; the app asks for none.
- **WebRTC.** No policy covers it. The app removes its constructors at start, which stops libraries; code that means harm
  could fetch them back from an empty frame. The built files are searched for any such use by a test. The proxy sees no UDP.
- **The service worker** runs, on a host that sends no headers, without a policy of its own: nothing serves it but the host. It
  is one short file, and the table above includes its requests.
- **The server's log.** The host that the app came from knows the address and time of the first visit, and of later visits
  on which the browser looked for a newer version or fetched weights. It learns no prompt and no image.
- **A different server.** Whoever can change the files on the host can change the app. An offline copy on a host of your own
  is the answer to that; \`npm run build\` makes one.
- **Other browsers.** This run used Chromium. Firefox and Safari know the same policy, and were not run.
`;

function countOf(requests: Recorded[], step: string): number {
  return requests.filter((request) => request.step === step).length;
}

function hostsOf({ browserOwn, baseline }: PrivacyFindings): string {
  const hosts = [...new Set([...Object.keys(browserOwn), ...Object.keys(baseline)])].sort();
  const rows = hosts.map(
    (host) => `| ${host} | ${browserOwn[host] ?? 0} | ${baseline[host] ?? 0} |`,
  );
  return rows.join('\n') || '| none | 0 | 0 |';
}

/** "- 12 × weights (models/…)": what the requests were for, by folder. */
function groupsOf(requests: Recorded[], origin: string): string {
  const groups = new Map<string, number>();
  for (const { url } of requests) {
    const path = new URL(url).pathname.slice(new URL(origin).pathname.length);
    const group = path.includes('/') ? `${path.split('/')[0]}/…` : path || 'the page itself';
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return [...groups].map(([group, count]) => `- ${count} × \`${group}\``).join('\n');
}
