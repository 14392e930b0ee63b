// How a worker of the engine begins, and how the page learns that it has ended, whatever ended it: the worker holds a lock for as long
// as it lives, and the browser gives the lock to whoever waits for it next.

// A built page says where its engine lies: below a name of its own, so that no page meets the engine of another build.
const engine = document.querySelector("meta[name=engine]")?.content ?? "engine";

/** A worker that holds a lock of its own, and the lock's name, which no other page and no earlier worker has. */
function begin(name) {
  const lock = `worker-${crypto.randomUUID?.() ?? `${performance.now()}-${Math.random()}`}`;
  const worker = new Worker(new URL(`${engine}/worker.js?alive=${lock}&hold`, document.baseURI), { type: "module", name });
  return { worker, lock };
}

// The first begins with the page's script: its own scripts come while the page's WebAssembly does. It says nothing before it is
// spoken to, so nothing of it is missed; if it cannot begin, the one that takes its place says why.
let first;
try {
  first = begin("engine");
  first.worker.onerror = (event) => {
    event.preventDefault();
    first = undefined;
  };
} catch {}

/** The worker of a name: the one that has begun, or another. */
export function start(name) {
  const begun = name === "engine" ? first : undefined;
  if (begun) first = undefined;
  return begun ?? begin(name);
}

/** Calls back once the lock of a worker is free. */
export function watch(name, ended) {
  // Without locks (no secure context) only a trap is noticed, which says so itself.
  navigator.locks?.request(name, () => ended()).catch(() => {});
}

// The report of an error: what the page knew when something of it failed, as text that a person can read, copy and send. It holds
// messages, versions and the view's name, never data and never settings.
//
// A panic ends the page's WebAssembly for good, so what tells of it is here, in plain JavaScript.

const told = [];
const MOST = 40;

/** Keeps a message for the report. */
export function tell(message) {
  told.push(`${new Date().toISOString()} ${message}`);
  if (told.length > MOST) told.splice(0, told.length - MOST);
}

/** The report as text. */
export function compose(version) {
  const view = location.hash.replace(/^#\/?/, "").split(/[?&]/)[0];
  return [
    "Multi-Alpha Allocator: error report",
    `version ${version}, view ${view || "blend"}, ${new Date().toISOString()}`,
    navigator.userAgent,
    "",
    ...(told.length ? told : ["No error was noticed."]),
    "",
  ].join("\n");
}

function element(name, fields = {}, ...children) {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...children);
  return made;
}

let shown = false;

/** The page stands still from here on: says so, with the report, above what was last shown. */
function stopped(version) {
  if (shown) return;
  shown = true;
  const text = element("textarea", { readOnly: true, rows: 8, value: compose(version) });
  text.setAttribute("aria-label", "Error report");
  const copy = element("button", { type: "button", className: "button", textContent: "Copy the report" });
  copy.onclick = async () => {
    text.select();
    const copied = await navigator.clipboard?.writeText(text.value).then(() => true, () => false);
    copy.textContent = copied ? "Copied" : "Selected: copy it with the keyboard";
  };
  const reload = element("button", { type: "button", className: "button main", textContent: "Reload the page" });
  reload.onclick = () => location.reload();
  const words = "This is a defect. What you loaded and set is kept in this browser and comes back with the page. Please send us the report.";
  const box = element(
    "section",
    { className: "stopped" },
    element("h2", { textContent: "The page has stopped" }),
    element("p", { textContent: words }),
    text,
    element("p", { className: "buttons" }, reload, copy),
  );
  box.setAttribute("role", "alert");
  box.dataset.testid = "stopped";
  document.body.append(box);
  reload.focus();
}

/** Listens for errors that nobody caught. */
export function listen(version) {
  const heard = (error, message) => {
    tell(error?.stack ? String(error.stack) : String(message));
    // Anything else is an error of a script beside it, which the page outlives.
    if (error instanceof WebAssembly.RuntimeError) stopped(version);
  };
  addEventListener("error", (event) => heard(event.error, event.message));
  addEventListener("unhandledrejection", (event) => heard(event.reason, event.reason));
}
