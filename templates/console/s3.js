// S3: the buckets of a region, and in each its objects, its policy, its lock
// against the public.
import { ApiError, downloadAddress, list, s3, upload } from "./api.js";
import { ago, attempt, button, bytes, code, confirm, copyable, count, dialog, empty, facts, failure, form, h, head, link, listing, note, say, section, tabs, to, whole } from "./ui.js";
import { editView, editor, policyProblems } from "./editor.js";
import { elsewhere } from "./lost.js";
import { REGIONS, regionTitle } from "./services.js";

const PAGE = 100;
const arnOf = (bucket) => `arn:aws:s3:::${bucket}`;

// ---- buckets

const bucketsOf = async (region, signal) => list((await (await s3("GET", null, null, { query: { "bucket-region": region, "max-buckets": "10000" }, signal })).xml()).Buckets?.Bucket);
const everyBucket = async () => list((await (await s3("GET", null, null, { query: { "max-buckets": "10000" } })).xml()).Buckets?.Bucket);

const nameProblem = (name) => (name.length < 3 || name.length > 63 ? "3 to 63 characters."
  : /[A-Z]/.test(name) ? "Small letters only: names are part of web addresses."
    : /[^a-z0-9.-]/.test(name) ? "Small letters, digits, hyphens and dots."
      : /^[^a-z0-9]|[^a-z0-9]$/.test(name) ? "A letter or a digit at both ends." : "");

const create = (ctx) => form("Create a bucket", [
  { name: "name", label: "Name", required: true, check: nameProblem, hint: "Unique in the whole world, not only in your account." },
  { name: "region", label: "Region", kind: "select", value: ctx.region, options: REGIONS.map(([id, title]) => ({ value: id, label: `${title} (${id})` })), hint: "It stays there. Jobs read from buckets of their own region." },
], async ({ name, region }) => {
  const body = region === "us-east-1" ? "" : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  await s3("PUT", name, null, { body, region });
  return name;
}, { verb: "Create bucket" }).then((name) => { if (name) say(`${name} is there.`); });

const removeBucket = async (bucket, region) => {
  const first = await attempt(async () => (await s3("GET", bucket, null, { query: { "list-type": "2", "max-keys": "1000" }, region })).xml());
  if (!first) return false;
  const n = list(first.Contents).length, many = `${n}${first.IsTruncated === "true" ? " or more" : ""}`;
  const yes = await confirm(`Delete ${bucket}?`, n
    ? { text: "S3 deletes only empty buckets.", follows: [`${many} ${n === 1 ? "object is" : "objects are"} deleted first, for good`, "Jobs and endpoints that read from it will fail", "Its name is free for anybody"], verb: "Empty and delete", word: bucket }
    : { follows: ["Its policy goes with it", "Its name is free for anybody"], verb: "Delete bucket" });
  if (!yes) return false;
  return attempt(async () => { await emptyBucket(bucket, region); await s3("DELETE", bucket, null, { region }); return true; }, `${bucket} is deleted.`);
};

const emptyBucket = async (bucket, region) => {
  for (;;) {
    const page = await (await s3("GET", bucket, null, { query: { "list-type": "2", "max-keys": "1000" }, region })).xml();
    const keys = list(page.Contents).map((row) => row.Key);
    if (!keys.length) return;
    await deleteKeys(bucket, keys, region);
  }
};

const buckets = (ctx) => [
  head("Buckets", { summary: `Files in ${ctx.region} are kept in these. The list of all regions together is S3\u2019s own idea; here you see one, as everywhere.`, actions: [button("Create bucket", () => create(ctx), { class: "primary" })] }),
  listing({
    title: "Buckets", services: ["s3"], memory: ctx.memory, filter: "Find a bucket",
    load: whole((signal) => bucketsOf(ctx.region, signal), (row) => row.Name),
    key: (row) => row.Name,
    columns: [
      { title: "Name", cell: (row) => link(row.Name, "s3", "buckets", row.Name) },
      { title: "Region", cell: (row) => row.BucketRegion },
      { title: "Created", cell: (row) => ago(row.CreationDate) },
      { title: "", right: true, cell: (row) => button("Delete", () => removeBucket(row.Name, row.BucketRegion), { class: "quiet", "aria-label": `Delete ${row.Name}` }) },
    ],
    nothing: () => empty(`No buckets in ${regionTitle(ctx.region)}`, h("p", {}, "A bucket keeps files for your jobs: data in, models out."), h("p", {}, button("Create bucket", () => create(ctx), { class: "primary" })),
      elsewhere(ctx, "bucket", async () => (await everyBucket()).map((row) => ({ region: row.BucketRegion, name: row.Name })), "s3", "buckets")),
  }),
];

// ---- objects

const deleteKeys = async (bucket, keys, region) => {
  const doc = document.implementation.createDocument(null, "Delete");
  for (const key of keys) {
    const object = doc.createElement("Object"), name = doc.createElement("Key");
    name.textContent = key;
    object.append(name);
    doc.documentElement.append(object);
  }
  const body = new XMLSerializer().serializeToString(doc);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
  const answer = await (await s3("POST", bucket, null, { query: { delete: "" }, body, region, headers: { "x-amz-checksum-sha256": btoa(String.fromCharCode(...digest)) } })).xml();
  const errors = list(answer.Error);
  if (errors.length) throw new ApiError(errors[0].Code, `${errors.length} of ${keys.length} could not be deleted: ${errors[0].Message}`);
};

const deleteObjects = async (bucket, keys, region) => {
  const yes = await confirm(keys.length === 1 ? `Delete ${keys[0]}?` : `Delete ${keys.length} objects?`, { follows: ["There are no versions here: it cannot be undone", "What reads them will fail with NoSuchKey"], verb: "Delete" });
  return yes && attempt(async () => { for (let i = 0; i < keys.length; i += 1000) await deleteKeys(bucket, keys.slice(i, i + 1000), region); return true; }, `${count(keys.length, "object")} deleted.`);
};

// Downloads go past the page: the address itself is signed.
const download = (bucket, key, region) => attempt(async () => {
  await s3("HEAD", bucket, key, { region }).catch((error) => { throw error.status === 403 ? new ApiError("AccessDenied", `s3:GetObject on ${arnOf(bucket)}/${key} is not allowed.`) : error; });
  const a = h("a", { href: await downloadAddress(bucket, key, region), download: key.split("/").pop() });
  document.body.append(a);
  a.click();
  a.remove();
});

const sendFiles = async (bucket, prefix, files, region, bar) => {
  for (const [i, file] of [...files].entries()) {
    const name = prefix + (file.webkitRelativePath || file.name);
    const label = h("span", {}, files.length > 1 ? `${i + 1} of ${files.length}: ${name}` : name), meter = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${name}` });
    bar.replaceChildren(label, meter);
    bar.hidden = false;
    if (!await attempt(async () => { await upload(bucket, name, file, region, (part) => { meter.value = part; }); return true; })) break;
    if (i === files.length - 1) say(`${count(files.length, "file")} uploaded.`);
  }
  bar.hidden = true;
};

const TEXT = /\.(txt|csv|json|jsonl|libsvm|md|log|ya?ml|lua|py|sh|manifest|html?|xml)$/i;
const look = (bucket, row, region) => dialog(row.Key.split("/").pop(), (close) => [
  facts({ Size: bytes(row.Size), Changed: ago(row.LastModified), ETag: code(row.ETag.replaceAll('"', "")), Class: row.StorageClass }),
  h("p", {}, copyable(`s3://${bucket}/${row.Key}`)),
  TEXT.test(row.Key) && Number(row.Size) > 0 && section({
    load: async () => (await s3("GET", bucket, row.Key, { region, headers: { range: "bytes=0-4095" } })).text(),
    draw: (text) => [h("pre", { class: "code-block", tabindex: "0", "aria-label": "The beginning" }, text), Number(row.Size) > 4096 && h("p", { class: "hint" }, "The first 4 KB.")],
  }),
  h("p", { class: "ask-bar" }, button("Close", () => close()), button("Download", () => download(bucket, row.Key, region), { class: "primary" })),
], { wide: true });

const objects = (ctx, bucket) => {
  const prefix = ctx.query.prefix || "";
  const bar = h("div", { class: "upload-bar", role: "status", hidden: true });
  const pick = h("input", { type: "file", multiple: true, class: "sr", tabindex: "-1", "aria-hidden": "true", onchange: (event) => { sendFiles(bucket, prefix, event.target.files, ctx.region, bar).then(() => { event.target.value = ""; }); } });
  const steps = prefix.split("/").filter(Boolean);
  const crumbs = h("nav", { class: "crumbs", "aria-label": "Folder" }, h("ol", {}, h("li", {}, link(bucket, "s3", "buckets", bucket)), steps.map((step, i) => h("li", {}, link(step, "s3", "buckets", bucket, { prefix: `${steps.slice(0, i + 1).join("/")}/` })))));
  const rows = listing({
    title: "Objects", services: ["s3"], memory: ctx.memory, filter: "Names that begin with",
    load: async ({ token, filter, signal }) => {
      const query = { "list-type": "2", "max-keys": String(PAGE), delimiter: "/", prefix: prefix + filter, ...(token ? { "continuation-token": token } : {}) };
      const got = await (await s3("GET", bucket, null, { query, region: ctx.region, signal })).xml();
      return { rows: [...list(got.CommonPrefixes).map((row) => ({ folder: row.Prefix, Key: row.Prefix })), ...list(got.Contents).filter((row) => row.Key !== prefix)], next: got.NextContinuationToken };
    },
    key: (row) => row.Key,
    columns: [
      { title: "Name", cell: (row) => (row.folder ? h("a", { class: "folder", href: to("s3", "buckets", bucket, { prefix: row.folder }) }, row.folder.slice(prefix.length)) : button(row.Key.slice(prefix.length), () => look(bucket, row, ctx.region), { class: "link", "data-key": `look ${row.Key}` })) },
      { title: "Size", right: true, cell: (row) => (row.folder ? "" : bytes(row.Size)) },
      { title: "Changed", cell: (row) => (row.folder ? "" : ago(row.LastModified)) },
      { title: "", right: true, cell: (row) => (row.folder ? "" : button("Download", () => download(bucket, row.Key, ctx.region), { class: "quiet", "data-key": `get ${row.Key}`, "aria-label": `Download ${row.Key}` })) },
    ],
    select: (chosen, done) => [button("Delete", async () => { if (await deleteFolders(bucket, chosen, ctx.region)) done(); }, { class: "danger" })],
    actions: () => [button("Upload", () => pick.click(), { class: "primary" })],
    nothing: () => empty(prefix ? "This folder is empty" : "This bucket is empty", h("p", {}, "Drop files here, or press Upload. Folders are only names with a slash in them.")),
  });
  const place = h("div", { class: "drop" }, steps.length ? crumbs : null, bar, pick, rows);
  for (const kind of ["dragover", "dragenter"]) place.addEventListener(kind, (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); place.classList.add("over"); } });
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) sendFiles(bucket, prefix, event.dataTransfer.files, ctx.region, bar); });
  return place;
};

// A folder is all that begins with its name.
const deleteFolders = async (bucket, chosen, region) => {
  const keys = [];
  for (const row of chosen) {
    if (!row.folder) { keys.push(row.Key); continue; }
    for (let token; ;) {
      const got = await attempt(async () => (await s3("GET", bucket, null, { query: { "list-type": "2", prefix: row.folder, ...(token ? { "continuation-token": token } : {}) }, region })).xml());
      if (!got) return false;
      keys.push(...list(got.Contents).map((object) => object.Key));
      token = got.NextContinuationToken;
      if (!token) break;
    }
  }
  return deleteObjects(bucket, keys, region);
};

// ---- policy and public access

const SAMPLE = (bucket) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:role/NAME" }, Action: "s3:GetObject", Resource: `${arnOf(bucket)}/*` }] }, null, 2);

const policy = (ctx, bucket) => editView({
  services: ["s3"],
  load: async () => s3("GET", bucket, null, { query: { policy: "" }, region: ctx.region }).then((answer) => answer.text(), (error) => { if (error.code === "NoSuchBucketPolicy") return ""; throw error; }),
  draw: (text) => {
    let shown = text;
    try { shown = text ? JSON.stringify(JSON.parse(text), null, 2) : SAMPLE(bucket); } catch { /* as it is */ }
    const edit = editor({ label: `Policy of ${bucket}`, value: shown, check: (typed) => policyProblems(typed, "resource") });
    const problem = h("div", { class: "problem", role: "alert" });
    const put = async () => {
      problem.replaceChildren();
      try {
        await s3("PUT", bucket, null, { query: { policy: "" }, body: edit.text(), region: ctx.region });
        say("The policy is saved.");
      } catch (error) { problem.append(error.refused && /public|BlockPublic/i.test(error.message) ? note("warning", "Public access is blocked", h("p", {}, "This policy would let everybody in, and the bucket blocks that. It is the lock on the next tab.")) : failure(error)); }
    };
    const remove = async () => {
      if (await confirm("Delete the policy?", { follows: ["Only identity policies decide from then on", "Whoever was let in by it alone is shut out"], verb: "Delete policy" }))
        await attempt(async () => { await s3("DELETE", bucket, null, { query: { policy: "" }, region: ctx.region }); }, "The policy is deleted.");
    };
    return { edit, nodes: [h("p", { class: "quiet-text" }, text ? "What the bucket itself says about who may do what, beside the policies of users and roles." : "This bucket has no policy of its own. Users and roles need a policy of theirs. Below is one to begin with; it is not saved yet."),
      edit, problem, h("p", { class: "row" }, button("Save policy", put, { class: "primary" }), text && button("Delete policy", remove, { class: "danger" }))] };
  },
});

const LOCKS = [
  ["BlockPublicAcls", "Refuse new ACLs that are public"],
  ["IgnorePublicAcls", "Ignore public ACLs that exist"],
  ["BlockPublicPolicy", "Refuse a policy that lets everybody in"],
  ["RestrictPublicBuckets", "Ignore what a public policy gives to others"],
];

const publicAccess = (ctx, bucket) => section({
  services: ["s3"],
  load: async () => s3("GET", bucket, null, { query: { publicAccessBlock: "" }, region: ctx.region }).then((answer) => answer.xml(), (error) => { if (error.code === "NoSuchPublicAccessBlockConfiguration") return {}; throw error; }),
  draw: (set) => {
    const on = (name) => set[name] === "true";
    const save = async (next) => {
      const opens = LOCKS.some(([name]) => on(name) && !next[name]);
      if (opens && !await confirm("Take the lock off?", { text: "Most leaks of data begin here.", follows: ["A policy may then let everybody on the internet read this bucket", "Nothing is public yet: a policy must say so"], verb: "Take it off", word: bucket })) return false;
      const body = `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${LOCKS.map(([name]) => `<${name}>${Boolean(next[name])}</${name}>`).join("")}</PublicAccessBlockConfiguration>`;
      return attempt(async () => { await s3("PUT", bucket, null, { query: { publicAccessBlock: "" }, body, region: ctx.region }); return true; }, "Public access is set.");
    };
    const all = LOCKS.every(([name]) => on(name));
    const values = Object.fromEntries(LOCKS.map(([name]) => [name, on(name)]));
    return [all ? note("tip", "Locked", h("p", {}, "Nobody outside the account can be let in, whatever a policy says.")) : note("warning", "Not fully locked", h("p", {}, "A policy can make some of this bucket public.")),
      h("ul", { class: "plain locks" }, LOCKS.map(([name, what]) => h("li", {}, h("label", {}, h("input", { type: "checkbox", checked: on(name), "data-key": name, onchange: async (event) => { const box = event.target; if (!await save({ ...values, [name]: box.checked })) box.checked = on(name); } }), " ", what, " ", h("span", { class: "quiet-text" }, code(name)))))),
      h("p", {}, !all && button("Block all public access", () => save(Object.fromEntries(LOCKS.map(([name]) => [name, true]))), { class: "primary" }))];
  },
});

const about = (ctx, bucket) => [
  facts({ ARN: copyable(arnOf(bucket)), Address: copyable(`s3://${bucket}/`), Region: `${regionTitle(ctx.region)} (${ctx.region})`, Versioning: "Off: what is overwritten is gone" }),
  h("p", { class: "row" }, button("Delete bucket", async () => { if (await removeBucket(bucket, ctx.region)) location.hash = to("s3", "buckets"); }, { class: "danger" })),
];

// A bucket is in one region; an address that names another leads there.
const bucketView = async (ctx, bucket) => {
  let note301 = null;
  await s3("HEAD", bucket, null, { region: ctx.region }).catch((error) => { note301 = error; });
  const top = head(bucket, { over: [link("Buckets", "s3", "buckets")] });
  if (note301 && note301.status !== 403) {
    const found = (await everyBucket().catch(() => [])).find((row) => row.Name === bucket);
    if (found && found.BucketRegion !== ctx.region) return [top, empty(`It is in ${regionTitle(found.BucketRegion)}`, h("p", {}, "A bucket lives in one region, and you look at another."), h("p", {}, h("a", { class: "button primary", href: `#/${found.BucketRegion}/s3/buckets/${encodeURIComponent(bucket)}` }, `Look there: ${found.BucketRegion}`)))];
    if (note301.status === 404) return [top, empty("There is no such bucket", h("p", {}, "It may have been deleted, or never have been yours."), h("p", {}, link("All buckets", "s3", "buckets")))];
    return [top, failure(note301, ctx.again)];
  }
  return [top, tabs(bucket, [
    ["Objects", () => objects(ctx, bucket)],
    ["Policy", () => policy(ctx, bucket)],
    ["Public access", () => publicAccess(ctx, bucket)],
    ["About", () => about(ctx, bucket)],
  ], ctx.query.tab)];
};

export const view = (ctx) => (ctx.path[1] ? bucketView(ctx, ctx.path[1]) : buckets(ctx));
