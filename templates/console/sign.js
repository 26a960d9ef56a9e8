// Signature Version 4 in the browser, as every AWS client makes it: what is sent
// is put into one canonical text, and a key derived from the secret signs it.
const text = new TextEncoder();
const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
const sha256 = async (data) => hex(await crypto.subtle.digest("SHA-256", typeof data === "string" ? text.encode(data) : data));

const hmac = async (key, data) => {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, text.encode(data));
};

// Percent-encoded as RFC 3986 has it: encodeURIComponent leaves five characters too many.
export const encode = (value) => encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
export const encodePath = (path) => path.split("/").map(encode).join("/");

export const queryText = (query) => Object.entries(query)
  .map(([name, value]) => [encode(name), encode(value ?? "")])
  .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
  .map((pair) => pair.join("=")).join("&");

// One key a day, region and service; the last few are kept.
const keys = new Map();
const signingKey = (credentials, date, region, service) => {
  const name = [credentials.AccessKeyId, date, region, service].join("/");
  if (!keys.has(name)) {
    if (keys.size > 50) keys.clear();
    keys.set(name, (async () => {
      let key = text.encode(`AWS4${credentials.SecretAccessKey}`);
      for (const part of [date, region, service, "aws4_request"]) key = await hmac(key, part);
      return key;
    })());
  }
  return keys.get(name);
};

const timeOf = (now) => now.toISOString().replace(/[-:]|\.\d+/g, "");

const signature = async (credentials, { method, path, query, headers, payload, time, region, service }) => {
  const names = Object.keys(headers).sort();
  const canonical = [method, path, query, ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`), "", names.join(";"), payload].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, await sha256(canonical)].join("\n");
  const key = await signingKey(credentials, time.slice(0, 8), region, service);
  return { names: names.join(";"), scope, value: hex(await hmac(key, toSign)) };
};

// The headers to send. Paths are S3's: encoded once. body: a string, bytes, or
// null with unsigned true, where it is too large to be read first.
export const sign = async (credentials, { method, path, query = {}, headers = {}, body = "", unsigned = false, region, service, now = new Date(), host = location.host }) => {
  const time = timeOf(now);
  const payload = unsigned ? "UNSIGNED-PAYLOAD" : await sha256(body);
  const all = { ...headers, host, "x-amz-date": time };
  if (credentials.SessionToken) all["x-amz-security-token"] = credentials.SessionToken;
  if (service === "s3") all["x-amz-content-sha256"] = payload;
  const signed = await signature(credentials, { method, path, query: queryText(query), headers: all, payload, time, region, service });
  delete all.host;
  all.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/${signed.scope}, SignedHeaders=${signed.names}, Signature=${signed.value}`;
  return all;
};

// An address that works by itself for a while, for downloads.
export const presign = async (credentials, { path, query = {}, region, seconds = 300, now = new Date(), host = location.host }) => {
  const time = timeOf(now);
  const all = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.AccessKeyId}/${time.slice(0, 8)}/${region}/s3/aws4_request`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(seconds),
    "X-Amz-SignedHeaders": "host",
  };
  if (credentials.SessionToken) all["X-Amz-Security-Token"] = credentials.SessionToken;
  const { value } = await signature(credentials, { method: "GET", path, query: queryText(all), headers: { host }, payload: "UNSIGNED-PAYLOAD", time, region, service: "s3" });
  return `${path}?${queryText(all)}&X-Amz-Signature=${value}`;
};
