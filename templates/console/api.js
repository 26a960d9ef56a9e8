// The practice cloud as any client sees it: who is signed in, calls in the three
// protocols, errors with what they name, and word of changes. Nothing here knows
// more than the public protocols say; the page's token is good for one thing
// only, to sign in.
import { encode, encodePath, presign, queryText, sign } from "./sign.js";

const TARGETS = {
  sagemaker: "SageMaker", logs: "Logs_20140328", servicequotas: "ServiceQuotasV20190624", pricing: "AWSPriceListService",
  cloudtrail: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", ce: "AWSInsightsIndexService", budgets: "AWSBudgetServiceGateway",
};
const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15" };
const EVERYWHERE = new Set(["iam", "sts", "ce", "budgets", "pricing"]); // answered from us-east-1

export class ApiError extends Error {
  constructor(code, message, { status = 0, service = "", operation = "" } = {}) {
    super(message || code);
    Object.assign(this, { name: "ApiError", code, status, service, operation });
    const named = /^User: (\S+) is not authorized to perform: (\S+)(?: on resource: "?([^\s"]+)"?)?(.*)$/s.exec(this.message);
    if (named) [, this.who, this.action, this.resource, this.because] = named.map((part) => part?.trim());
  }

  get refused() { return /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(this.code); }
  get missing() { return /^(NoSuch|ResourceNotFound|ResourceNotFoundException)/.test(this.code) || /could not find|does not exist|not found/i.test(this.message); }
}

// ---- who is signed in

const kept = (name, value) => {
  try {
    if (value === undefined) return JSON.parse(sessionStorage.getItem(`labbook:console:${name}`));
    sessionStorage.setItem(`labbook:console:${name}`, JSON.stringify(value));
  } catch { /* nowhere to keep it */ }
  return null;
};

// {user: name or null for root, role: ARN or absent}: kept for this tab, unlike its credentials.
export const identity = { user: "learner", ...kept("identity") };
let credentials = null, signingIn = null, token = document.querySelector("meta[name=console-token]")?.content;

// A restarted cloud has a new token, which its page holds.
const renewToken = async () => {
  const page = await (await fetch("/console/", { cache: "no-store" })).text();
  const fresh = /name="console-token" content="([0-9a-f]+)"/.exec(page)?.[1];
  const changed = fresh && fresh !== token;
  token = fresh || token;
  return changed;
};

const askSession = async (again = true) => {
  const answer = await fetch("/console/session", { method: "POST", cache: "no-store", headers: { "Content-Type": "application/json", "X-Console-Token": token }, body: JSON.stringify(identity.user ? { user: identity.user } : {}) });
  return answer.status === 403 && again && await renewToken() ? askSession(false) : answer;
};

// The cloud's clock, which need not be this browser's.
let ahead = 0;
const cloudNow = () => Date.now() + ahead;

const start = async () => {
  const answer = await askSession();
  if (!answer.ok) throw new ApiError("SignInFailed", await answer.text(), { status: answer.status });
  ahead = (Date.parse(answer.headers.get("date")) || Date.now()) - Date.now();
  const base = await answer.json();
  Object.assign(identity, { account: base.Account, arn: base.Arn, home: base.Region });
  if (identity.role) {
    credentials = { ...base };
    const { Credentials, AssumedRoleUser } = await query("sts", "AssumeRole", { RoleArn: identity.role, RoleSessionName: identity.user || "root" }, { bare: true });
    identity.arn = AssumedRoleUser.Arn;
    return { ...Credentials, Expiration: Date.parse(Credentials.Expiration) };
  }
  return base;
};

export const signIn = () => {
  signingIn ||= start().then((got) => { credentials = got; }).finally(() => { signingIn = null; });
  return signingIn;
};

// Somebody else from now on; the old one again where that fails.
export const become = async (who) => {
  const before = { ...identity };
  try {
    for (const name of Object.keys(identity)) delete identity[name];
    Object.assign(identity, who);
    await signIn();
    kept("identity", { user: identity.user ?? null, ...(identity.role ? { role: identity.role } : {}) });
  } catch (error) {
    Object.assign(identity, { role: undefined }, before);
    await signIn();
    throw error;
  }
};

const signed = async () => {
  if (!credentials || credentials.Expiration < cloudNow() + 60000) await signIn();
  return credentials;
};

// ---- calls

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const SLOW = /^(Throttling|ThrottlingException|RequestLimitExceeded|SlowDown|TooManyRequestsException|ServiceUnavailable|InternalFailure|InternalError)$/;
const STALE = /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId)$/;

// What this page changes it need not hear of from the cloud.
const isChange = ({ service, method, operation }) => (service === "s3" ? method !== "GET" && method !== "HEAD" : !/^(Get|List|Describe|Lookup|Simulate|PracticeNext|PracticeList|AssumeRole|InvokeEndpoint)/.test(operation));

const send = async (request, read, { bare = false, signal } = {}) => {
  for (let attempt = 0; ; attempt++) {
    let answer;
    const headers = await sign(bare ? credentials : await signed(), request);
    const address = request.path + (request.query && Object.keys(request.query).length ? `?${queryText(request.query)}` : "");
    try {
      answer = await fetch(address, { method: request.method, headers, body: request.method === "GET" || request.method === "HEAD" ? undefined : request.body, cache: "no-store", signal });
    } catch (cause) {
      if (cause.name === "AbortError") throw cause;
      throw new ApiError("NoAnswer", "The practice cloud does not answer.", request);
    }
    if (answer.ok) { if (isChange(request)) tell({ service: request.service }); return answer; }
    const error = await read(answer);
    if (STALE.test(error.code) && attempt === 0 && !bare) await signIn();
    else if (SLOW.test(error.code) && attempt < 3) await pause(200 * 2 ** attempt);
    else throw error;
  }
};

let current = "us-east-1";
export const setRegion = (region) => { current = region; };
const regionOf = (service, region) => (EVERYWHERE.has(service) ? "us-east-1" : region || current);

export const json = async (service, operation, body = {}, { region, signal } = {}) => {
  const read = async (answer) => {
    const said = await answer.json().catch(() => ({}));
    return new ApiError(String(said.__type || answer.status).replace(/^.*#/, ""), said.message || said.Message || answer.statusText, { status: answer.status, service, operation });
  };
  const answer = await send({
    method: "POST", path: "/", body: JSON.stringify(body), service, operation, region: regionOf(service, region),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGETS[service]}.${operation}` },
  }, read, { signal });
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
};

// XML as plain values: text, lists of <member>, and objects of the rest.
const value = (node) => {
  const children = [...node.children];
  if (!children.length) return node.textContent;
  if (children.every((child) => child.localName === "member")) return children.map(value);
  const object = {};
  for (const child of children) {
    const name = child.localName;
    if (name in object) object[name] = [].concat(object[name], [value(child)]);
    else object[name] = value(child);
  }
  return object;
};
export const list = (x) => (Array.isArray(x) ? x : x === undefined || x === null || x === "" ? [] : [x]);
const parse = (text) => new DOMParser().parseFromString(text, "application/xml").documentElement;

const readXml = (service, operation) => async (answer) => {
  const said = parse(await answer.text() || "<none/>");
  const get = (name) => said.getElementsByTagName(name)[0]?.textContent;
  return new ApiError(get("Code") || (answer.status === 403 ? "AccessDenied" : answer.status === 404 ? "NoSuchKey" : String(answer.status)), get("Message") || answer.statusText, { status: answer.status, service, operation });
};

export const query = async (service, operation, parameters = {}, options = {}) => {
  const body = queryText({ Action: operation, Version: VERSIONS[service], ...parameters });
  const answer = await send({
    method: "POST", path: "/", body, service, operation, region: regionOf(service, options.region),
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  }, readXml(service, operation), options);
  const result = [...parse(await answer.text()).children].find((child) => child.localName === `${operation}Result`);
  return result ? value(result) || {} : {};
};

// S3: the answer, with .xml() for its body as plain values.
// A browser takes "." and ".." out of addresses, before it sends them.
const mustReach = (key) => { if (/(^|\/)\.\.?(\/|$)/.test(key || "")) throw new ApiError("NotInABrowser", `Browsers cannot ask for ${key}: they take the dots out of addresses. labkit aws s3 cp can.`, { service: "s3" }); };

export const s3 = async (method, bucket, key, { query: parameters = {}, body = "", headers = {}, region, unsigned, signal } = {}) => {
  mustReach(key);
  const path = `/${bucket ? encode(bucket) : ""}${key !== undefined && key !== null ? `/${encodePath(key)}` : ""}`;
  const answer = await send({ method, path, query: parameters, body, headers, unsigned, service: "s3", region: region || current }, readXml("s3", method), { signal });
  answer.xml = async () => value(parse(await answer.text()));
  return answer;
};

export const downloadAddress = async (bucket, key, region) => mustReach(key) ?? presign(await signed(), {
  path: `/${encode(bucket)}/${encodePath(key)}`, region,
  query: { "response-content-disposition": `attachment; filename*=UTF-8''${encode(key.split("/").pop())}` },
});

export const pictureAddress = async (bucket, key) => presign(await signed(), { path: `/${encode(bucket)}/${encodePath(key)}`, region: current });

// An upload that tells how far it is. Files are not read first: their digest is not signed.
export const upload = async (bucket, key, file, region, progress) => {
  mustReach(key);
  const path = `/${encode(bucket)}/${encodePath(key)}`;
  const headers = await sign(await signed(), { method: "PUT", path, unsigned: true, service: "s3", region, headers: { "content-type": file.type || "application/octet-stream" } });
  await new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    for (const [name, text] of Object.entries(headers)) request.setRequestHeader(name, text);
    request.upload.onprogress = (event) => progress?.(event.loaded / (event.total || 1));
    request.onerror = () => failed(new ApiError("NoAnswer", "The upload was cut off."));
    request.onload = async () => {
      if (request.status < 300) { tell({ service: "s3" }); done(); }
      else failed(await readXml("s3", "PutObject")({ status: request.status, statusText: request.statusText, text: async () => request.responseText }));
    };
    request.send(file);
  });
};

// An endpoint's answer, as text. Endpoints' names need no encoding.
export const invoke = async (endpoint, body, type) => {
  const read = async (answer) => { const said = await answer.json().catch(() => ({})); return new ApiError(answer.headers.get("x-amzn-errortype") || said.__type || String(answer.status), said.message || said.Message || said.OriginalMessage || answer.statusText, { status: answer.status, service: "sagemaker", operation: "InvokeEndpoint" }); };
  return (await send({ method: "POST", path: `/endpoints/${endpoint}/invocations`, body, service: "sagemaker", operation: "InvokeEndpoint", region: current, headers: { "content-type": type, accept: type } }, read)).text();
};

// All pages of a JSON list, up to a cap; each page is given to `page` as it comes.
export const pages = async function* (service, operation, member, body = {}, options = {}) {
  let next;
  do {
    const answer = await json(service, operation, { ...body, ...(next ? { NextToken: next } : {}) }, options);
    yield answer[member] || [];
    next = answer.NextToken;
  } while (next);
};

export const all = async (service, operation, member, body = {}, options = {}) => {
  const rows = [];
  for await (const page of pages(service, operation, member, body, options)) {
    rows.push(...page);
    if (rows.length >= (options.cap || 20000)) break;
  }
  return rows;
};

// ---- word of changes

const listeners = new Set();
export const onChange = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function tell(change) { for (const listener of [...listeners]) listener(change); }

let up = true;
const link = (now) => {
  if (now === up) return;
  up = now;
  tell({ link: up });
};
// A page that is not looked at does not ask; when it is again, it looks anew.
document.addEventListener("visibilitychange", () => { if (!document.hidden && up) tell({ link: true }); });

// What others do is read from CloudTrail, as any client may: of this region, and of
// us-east-1, where the world's services are.
const LOOK = 900, BLIND = 3000, MOST = 50;
const heard = new Map(); // region -> {from: seconds, seen: ids of events since then}

const lookAt = async (region) => {
  const last = heard.get(region) || { from: Math.floor(cloudNow() / 1000) - 2, seen: new Set() };
  const got = await json("cloudtrail", "LookupEvents", { StartTime: last.from, MaxResults: MOST, LookupAttributes: [{ AttributeKey: "ReadOnly", AttributeValue: "false" }] }, { region });
  const fresh = got.Events.filter((event) => !last.seen.has(event.EventId));
  const from = Math.max(last.from, (got.Events[0]?.EventTime ?? 0) - 1);
  heard.set(region, { from, seen: new Set(got.Events.map((event) => event.EventId)) });
  // More than one answer holds: it may be of anything.
  return got.NextToken && fresh.length === got.Events.length ? [{ link: true }] : fresh.map((event) => ({ service: event.EventSource.replace(".amazonaws.com", ""), operation: event.EventName, code: JSON.parse(event.CloudTrailEvent).errorCode }));
};

const once = (all) => [...new Map(all.map((change) => [JSON.stringify(change), change])).values()];

export const follow = async () => {
  for (let blind = null; ;) {
    const who = credentials;
    try {
      if (document.hidden) { /* later */ } else if (blind && blind === who) {
        await query("sts", "GetCallerIdentity"); // is it there?
        tell({ link: true, blind: true });
      } else {
        blind = null;
        for (const change of once((await Promise.all([...new Set([current, "us-east-1"])].map(lookAt))).flat())) tell(change);
      }
      link(true);
    } catch (error) {
      // Who may not look at the history looks at everything now and then.
      if (error.code === "NoAnswer") link(false);
      else blind = who;
    }
    await pause(blind ? BLIND : up ? LOOK : LOOK / 2);
  }
};
