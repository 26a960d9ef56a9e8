// IAM's users: made, taken away, and their access keys, whose secrets are seen once.
import { identity, list, query } from "./api.js";
import { ago, attempt, button, code, confirm, copyable, count, dialog, empty, facts, form, h, note, rowsTable, say, section, status, to } from "./ui.js";

const iam = (operation, parameters, options) => query("iam", operation, parameters, options);
const MOST_KEYS = 2;

export const createUser = () => form("Create a user", [{ name: "name", label: "Name", required: true, check: (name) => (/^[\w+=,.@-]{1,64}$/.test(name) ? "" : "Letters, digits and + = , . @ _ - up to 64.") }],
  async ({ name }) => { await iam("CreateUser", { UserName: name }); return name; }, { verb: "Create user", intro: "It may do nothing until a policy of its own, or a group\u2019s, says so." })
  .then((name) => { if (name) { say(`The user ${name} is there.`); location.hash = to("iam", "users", name); } });

// ---- keys

const showSecret = (name, key) => dialog(`A key for ${name}`, (close) => [
  note("warning", "The secret is shown only now", h("p", {}, "Keep it where passwords are kept, never in a program or a repository. Lost means: make a new one.")),
  facts({ "Access key": copyable(key.AccessKeyId), Secret: copyable(key.SecretAccessKey) }),
  h("p", { class: "ask-bar" }, button("I have it", () => close(), { class: "primary" })),
], { wide: true });

const makeKey = async (name) => {
  const made = await attempt(() => iam("CreateAccessKey", { UserName: name }));
  if (made) await showSecret(name, made.AccessKey);
};

const turn = (name, key, on) => attempt(() => iam("UpdateAccessKey", { UserName: name, AccessKeyId: key, Status: on ? "Active" : "Inactive" }), on ? "The key works again." : "The key is refused from now on.");

const dropKey = async (name, key) => {
  if (await confirm(`Delete ${key}?`, { text: "Better: make it inactive first, and see whether anything fails.", follows: ["Programs that use it are refused at once", "It cannot be had back"], verb: "Delete key" })) await attempt(() => iam("DeleteAccessKey", { UserName: name, AccessKeyId: key }), "The key is deleted.");
};

export const userKeys = (name) => section({
  services: ["iam"], poll: () => 5000,
  load: async (signal) => Promise.all(list((await iam("ListAccessKeys", { UserName: name }, { signal })).AccessKeyMetadata).map(async (key) => ({ ...key, used: (await iam("GetAccessKeyLastUsed", { AccessKeyId: key.AccessKeyId }, { signal }).catch(() => ({}))).AccessKeyLastUsed }))),
  draw: (rows) => [
    h("div", { class: "list-bar" }, h("span", { class: "push" }), button("Make a key", () => makeKey(name), { class: "primary", disabled: rows.length >= MOST_KEYS })),
    rows.length ? rowsTable({ title: "Access keys", rows, columns: [
      { title: "Key", cell: (key) => code(key.AccessKeyId) },
      { title: "Status", cell: (key) => status(key.Status) },
      { title: "Last used", cell: ({ used }) => (used?.LastUsedDate ? [ago(used.LastUsedDate), used.ServiceName && used.ServiceName !== "N/A" ? `, ${used.ServiceName}` : ""] : "never") },
      { title: "Made", cell: (key) => ago(key.CreateDate) },
      { title: "", right: true, cell: (key) => [button(key.Status === "Active" ? "Make inactive" : "Make active", () => turn(name, key.AccessKeyId, key.Status !== "Active"), { class: "quiet", "data-key": `turn ${key.AccessKeyId}` }), button("Delete", () => dropKey(name, key.AccessKeyId), { class: "quiet", "aria-label": `Delete ${key.AccessKeyId}`, "data-key": `drop ${key.AccessKeyId}` })] },
    ] }) : empty("No access keys", h("p", {}, "Programs sign with a key. A role\u2019s ends by itself and is better where it will do.")),
    h("p", { class: "quiet-text" }, rows.length >= MOST_KEYS ? "Two are the most: one in use, one to change over to. " : "", name === "learner" ? ["The secret of the first one stands in the practice cloud\u2019s folder, in the file ", code("credentials"), ", where the book\u2019s labs find it."] : "A secret is shown once, when the key is made."),
  ],
});

// ---- an end

export const deleteUser = async (name) => {
  const got = await attempt(async () => {
    const [inline, attached, keys, groups] = await Promise.all([iam("ListUserPolicies", { UserName: name }), iam("ListAttachedUserPolicies", { UserName: name }), iam("ListAccessKeys", { UserName: name }), iam("ListGroupsForUser", { UserName: name })]);
    return { inline: list(inline.PolicyNames), attached: list(attached.AttachedPolicies), keys: list(keys.AccessKeyMetadata), groups: list(groups.Groups) };
  });
  if (!got) return;
  const policies = got.inline.length + got.attached.length;
  const follows = [
    policies ? `${count(policies, "policy", "policies")} of it ${policies === 1 ? "goes" : "go"} or ${policies === 1 ? "is" : "are"} taken off first` : "It has no policies",
    got.keys.length ? `${count(got.keys.length, "access key")} of it ${got.keys.length === 1 ? "stops" : "stop"} working at once` : "It has no access keys",
    ...(name === "learner" ? ["The book\u2019s labs work as it, and will be refused"] : []), ...(identity.user === name ? ["You are it, and will be signed out"] : []),
  ];
  if (!await confirm(`Delete the user ${name}?`, { follows, verb: "Delete user", word: name })) return;
  if (await attempt(async () => {
    for (const PolicyName of got.inline) await iam("DeleteUserPolicy", { UserName: name, PolicyName });
    for (const { PolicyArn } of got.attached) await iam("DetachUserPolicy", { UserName: name, PolicyArn });
    for (const { AccessKeyId } of got.keys) await iam("DeleteAccessKey", { UserName: name, AccessKeyId });
    for (const { GroupName } of got.groups) await iam("RemoveUserFromGroup", { UserName: name, GroupName });
    await iam("DeleteUser", { UserName: name });
    return true;
  }, `The user ${name} is deleted.`)) location.hash = to("iam", "users");
};
