// IAM: users, roles with their trust, policies, and the simulator, which says who
// may do what and shows the very statement. IAM is one for all regions.
import { identity, list, query } from "./api.js";
import { ago, attempt, button, card, clock, code, confirm, copyable, count, duration, empty, facts, failure, form, h, head, link, listing, note, say, section, tabs, to, whole } from "./ui.js";
import { editView, editor, policyProblems } from "./editor.js";
import { createUser, deleteUser, userKeys } from "./users.js";

const iam = (operation, parameters, options) => query("iam", operation, parameters, options);
const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };
const documentOf = (encoded) => pretty(decodeURIComponent(encoded || ""));

const everyPage = async (operation, member, parameters = {}, signal) => {
  const rows = [];
  for (let marker; ;) {
    const got = await iam(operation, { ...parameters, MaxItems: "1000", ...(marker ? { Marker: marker } : {}) }, { signal });
    rows.push(...list(got[member]));
    if (got.IsTruncated !== "true") return rows;
    marker = got.Marker;
  }
};

const nameProblem = (name) => (/^[\w+=,.@-]{1,64}$/.test(name) ? "" : "Letters, digits and + = , . @ _ - up to 64.");
const editorField = (name, label, value, kind, hint) => ({ name, label, hint, editor: editor({ label, value, check: (text) => policyProblems(text, kind), rows: 12 }), check: (text) => (policyProblems(text, kind).some((problem) => !problem.hint) ? "Mend the lines that are marked first." : "") });

// ---- users and roles, which are alike

const KINDS = {
  users: { one: "user", Name: "UserName", get: "GetUser", member: "User", list: "ListUsers", rows: "Users", title: "Users", suffix: "User", short: "User" },
  roles: { one: "role", Name: "RoleName", get: "GetRole", member: "Role", list: "ListRoles", rows: "Roles", title: "Roles", suffix: "Role", short: "Role" },
};

const whoTrusted = (encoded) => {
  try {
    const names = [];
    for (const statement of list(JSON.parse(decodeURIComponent(encoded)).Statement)) {
      const principal = statement.Principal;
      if (principal === "*") names.push("everybody");
      else for (const value of Object.values(principal || {})) names.push(...list(value));
    }
    return names.join(", ");
  } catch { return ""; }
};

const TRUSTS = {
  sagemaker: { label: "SageMaker, for its jobs", make: () => ({ Service: "sagemaker.amazonaws.com" }) },
  account: { label: "People of this account", make: () => ({ AWS: `arn:aws:iam::${identity.account}:root` }) },
};
const trustText = (principal) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }] }, null, 2);

const createRole = () => {
  const trust = editorField("trust", "Trust policy", trustText(TRUSTS.sagemaker.make()), "trust", "Who may take the role. What it then may do, its policies say.");
  const who = { name: "who", label: "Who will work with it?", kind: "select", value: "sagemaker", options: Object.entries(TRUSTS).map(([value, { label }]) => ({ value, label })) };
  const opened = form("Create a role", [{ name: "name", label: "Name", required: true, check: nameProblem }, who, trust, { name: "managed", label: "Give it AmazonSageMakerFullAccess to begin with", kind: "check", value: false, hint: "Convenient, and more than most jobs need. A policy of your own is better." }], async ({ name, trust: text, managed }) => {
    await iam("CreateRole", { RoleName: name, AssumeRolePolicyDocument: text });
    if (managed) await iam("AttachRolePolicy", { RoleName: name, PolicyArn: "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess" });
    return name;
  }, { verb: "Create role", wide: true });
  document.querySelector("dialog select[name=who]")?.addEventListener("change", (event) => trust.editor.set(trustText(TRUSTS[event.target.value].make())));
  opened.then((name) => { if (name) { say(`The role ${name} is there.`); location.hash = to("iam", "roles", name); } });
};

const principals = (ctx, kind) => {
  const k = KINDS[kind], roles = kind === "roles";
  return [
    head(k.title, { summary: roles ? "A role is a coat: whom its trust policy names may put it on, and then may what its policies allow. Jobs work as roles." : "People and programs with keys of their own, which hold until they are taken away. The book works as learner. For jobs, and for most else, roles are better: their credentials end by themselves.", actions: [roles ? button("Create role", createRole, { class: "primary" }) : button("Create user", createUser, { class: "primary" })] }),
    listing({
      title: k.title, services: ["iam"], memory: ctx.memory, filter: `Find a ${k.one}`,
      load: whole((signal) => everyPage(k.list, k.rows, {}, signal), (row) => row[k.Name]),
      key: (row) => row[k.Name],
      columns: [
        { title: "Name", cell: (row) => link(row[k.Name], "iam", kind, row[k.Name]) },
        ...(roles ? [{ title: "Trusts", cell: (row) => whoTrusted(row.AssumeRolePolicyDocument) }] : [{ title: "ARN", cell: (row) => code(row.Arn) }]),
        { title: "Created", cell: (row) => ago(row.CreateDate) },
      ],
      nothing: () => (roles ? empty("No roles yet", h("p", {}, "A job needs one: it reads your data and writes its model as that role."), h("p", {}, button("Create role", createRole, { class: "primary" }))) : empty("No users")),
    }),
  ];
};

const policiesOf = async (k, name, signal) => {
  const [inline, attached] = await Promise.all([iam(`List${k.suffix}Policies`, { [k.Name]: name }, { signal }), iam(`ListAttached${k.suffix}Policies`, { [k.Name]: name }, { signal })]);
  return [...list(inline.PolicyNames).map((policy) => ({ name: policy, inline: true })), ...list(attached.AttachedPolicies).map((policy) => ({ name: policy.PolicyName, arn: policy.PolicyArn }))];
};

const FIRST = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::BUCKET/*" }, { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::BUCKET" }] }, null, 2);

const writeInline = (k, name, policy, text) => form(policy ? `Policy ${policy}` : "Write a policy", [
  ...(policy ? [] : [{ name: "policy", label: "Name", required: true, check: (value) => (/^[\w+=,.@-]{1,128}$/.test(value) ? "" : "Letters, digits and + = , . @ _ -") }]),
  editorField("text", "Policy", text || FIRST, "identity"),
], async ({ policy: given, text: typed }) => { await iam(`Put${k.suffix}Policy`, { [k.Name]: name, PolicyName: policy || given, PolicyDocument: typed }); return true; }, { wide: true })
  .then((saved) => { if (saved) say("The policy is saved. It counts at once."); });

const attach = async (k, name) => {
  const all = await attempt(() => everyPage("ListPolicies", "Policies", { Scope: "All" }));
  if (!all) return;
  const done = await form("Attach a policy", [{ name: "arn", label: "Policy", kind: "select", options: all.map((policy) => ({ value: policy.Arn, label: policy.PolicyName + (policy.Arn.startsWith("arn:aws:iam::aws:") ? " (AWS\u2019s)" : "") })) }],
    async ({ arn }) => { await iam(`Attach${k.suffix}Policy`, { [k.Name]: name, PolicyArn: arn }); return true; }, { verb: "Attach" });
  if (done) say("Attached.");
};

const showPolicies = (k, name) => section({
  services: ["iam"],
  load: async (signal) => Promise.all((await policiesOf(k, name, signal)).map(async (policy) => ({
    ...policy,
    text: policy.inline ? documentOf((await iam(`Get${k.suffix}Policy`, { [k.Name]: name, PolicyName: policy.name }, { signal })).PolicyDocument) : (await managedText(policy.arn, signal)).text,
  }))),
  draw: (rows) => [
    h("div", { class: "list-bar" }, h("span", { class: "push" }), button("Attach a policy", () => attach(k, name)), button("Write a policy", () => writeInline(k, name), { class: "primary" })),
    rows.length ? rows.map((policy) => h("details", { class: "sheet policy", open: rows.length < 3 || null }, h("summary", {}, h("strong", {}, policy.name), " ", h("span", { class: "quiet-text" }, policy.inline ? `written into this ${k.one}` : policy.arn.startsWith("arn:aws:iam::aws:") ? "AWS\u2019s own, attached" : "attached")),
      h("pre", { class: "code-block", tabindex: "0", "aria-label": `Policy ${policy.name}` }, policy.text),
      h("p", { class: "row" }, policy.inline ? [button("Edit", () => writeInline(k, name, policy.name, policy.text)), button("Delete", () => dropInline(k, name, policy.name), { class: "danger" })]
        : [h("a", { class: "button", href: to("iam", "policies", policy.arn) }, "Open"), button("Detach", () => detach(k, name, policy), { class: "danger" })])))
      : empty("It may do nothing", h("p", {}, `No policy allows this ${k.one} anything. Write one, or attach one that is there.`)),
  ],
});

const dropInline = async (k, name, policy) => {
  if (await confirm(`Delete ${policy}?`, { follows: [`What only this policy allows, the ${k.one} may not do from then on`, "Jobs that run as it now will meet AccessDenied"] })) await attempt(() => iam(`Delete${k.suffix}Policy`, { [k.Name]: name, PolicyName: policy }), "Deleted.");
};
const detach = async (k, name, policy) => {
  if (await confirm(`Detach ${policy.name}?`, { follows: [`What only this policy allows, the ${k.one} may not do from then on`, "The policy itself stays"], verb: "Detach" })) await attempt(() => iam(`Detach${k.suffix}Policy`, { [k.Name]: name, PolicyArn: policy.arn }), "Detached.");
};

const showTrust = (name) => editView({
  services: ["iam"],
  load: async (signal) => documentOf((await iam("GetRole", { RoleName: name }, { signal })).Role.AssumeRolePolicyDocument),
  draw: (text) => {
    const edit = editor({ label: "Trust policy", value: text, check: (typed) => policyProblems(typed, "trust") });
    const problem = h("div", { class: "problem" });
    const save = async () => {
      problem.replaceChildren();
      try { await iam("UpdateAssumeRolePolicy", { RoleName: name, PolicyDocument: edit.text() }); say("The trust policy is saved."); } catch (error) { problem.append(failure(error)); }
    };
    return { edit, nodes: [h("p", { class: "quiet-text" }, "Who may take this role. For SageMaker\u2019s jobs that is the service ", code("sagemaker.amazonaws.com"), "."), edit, problem, h("p", {}, button("Save trust policy", save, { class: "primary" }))] };
  },
});

const deleteRole = async (k, name) => {
  const policies = await attempt(() => policiesOf(k, name));
  if (!policies) return;
  if (!await confirm(`Delete the role ${name}?`, { follows: [policies.length ? `${count(policies.length, "policy", "policies")} of it ${policies.length === 1 ? "is" : "are"} taken off first` : "It has no policies", "Jobs, models and endpoints that name it will fail when they next need it"], verb: "Delete role", word: name })) return;
  if (await attempt(async () => {
    for (const policy of policies) await (policy.inline ? iam("DeleteRolePolicy", { RoleName: name, PolicyName: policy.name }) : iam("DetachRolePolicy", { RoleName: name, PolicyArn: policy.arn }));
    await iam("DeleteRole", { RoleName: name });
    return true;
  }, `The role ${name} is deleted.`)) location.hash = to("iam", "roles");
};

const principal = async (ctx, kind, name) => {
  const k = KINDS[kind], roles = kind === "roles";
  const over = [link(k.title, "iam", kind)];
  const about = section({
    services: ["iam"],
    load: async (signal) => (await iam(k.get, { [k.Name]: name }, { signal }))[k.member],
    draw: (row) => card("", facts({ ARN: copyable(row.Arn), Id: code(row.RoleId || row.UserId), Created: clock(row.CreateDate), "Longest session": row.MaxSessionDuration && duration(Number(row.MaxSessionDuration)), Description: row.Description })),
  });
  return [
    head(name, {
      over,
      actions: [h("a", { class: "button", href: to("iam", "simulator", { who: `arn:aws:iam::${identity.account}:${k.one}/${name}` }) }, "What may it do?"), roles && button("Work as it", async () => {
        dispatchEvent(new CustomEvent("console:as", { detail: { who: { user: identity.user ?? null, role: `arn:aws:iam::${identity.account}:role/${name}` }, name } }));
      })].filter(Boolean),
    }),
    about,
    tabs(name, [["Policies", () => showPolicies(k, name)], roles && ["Trust", () => showTrust(name)], roles ? ["Delete", () => h("p", {}, button("Delete role", () => deleteRole(k, name), { class: "danger" }))] : ["Access keys", () => userKeys(name)], !roles && ["Delete", () => h("p", {}, button("Delete user", () => deleteUser(name), { class: "danger" }))]], ctx.query.tab),
  ];
};

// ---- policies

const managedText = async (arn, signal) => {
  const { Policy } = await iam("GetPolicy", { PolicyArn: arn }, { signal });
  const { PolicyVersion } = await iam("GetPolicyVersion", { PolicyArn: arn, VersionId: Policy.DefaultVersionId }, { signal });
  return { policy: Policy, text: documentOf(PolicyVersion.Document) };
};

const createPolicy = () => form("Create a policy", [{ name: "name", label: "Name", required: true, check: (value) => (/^[\w+=,.@-]{1,128}$/.test(value) ? "" : "Letters, digits and + = , . @ _ -") }, editorField("text", "Policy", FIRST, "identity")],
  async ({ name, text }) => (await iam("CreatePolicy", { PolicyName: name, PolicyDocument: text })).Policy.Arn, { verb: "Create policy", wide: true })
  .then((arn) => { if (arn) { say("The policy is there. It does nothing until it is attached."); location.hash = to("iam", "policies", arn); } });

const policies = (ctx) => [
  head("Policies", { summary: "Policies that stand alone: written once, attached to many. Those of AWS can be attached, not changed.", actions: [button("Create policy", createPolicy, { class: "primary" })] }),
  listing({
    title: "Policies", services: ["iam"], memory: ctx.memory, filter: "Find a policy",
    load: whole((signal) => everyPage("ListPolicies", "Policies", { Scope: "All" }, signal), (row) => row.PolicyName),
    key: (row) => row.Arn,
    columns: [
      { title: "Name", cell: (row) => link(row.PolicyName, "iam", "policies", row.Arn) },
      { title: "Whose", cell: (row) => (row.Arn.startsWith("arn:aws:iam::aws:") ? "AWS" : "yours") },
      { title: "Attached", right: true, cell: (row) => (row.AttachmentCount === "0" ? "to nobody" : `to ${row.AttachmentCount}`) },
      { title: "Changed", cell: (row) => ago(row.UpdateDate) },
    ],
  }),
];

const deletePolicy = async (arn, users) => {
  if (!await confirm("Delete the policy?", { follows: [users.length ? `It is taken off ${users.join(", ")} first` : "It is attached to nobody", "All its versions go"], verb: "Delete policy" })) return;
  if (await attempt(async () => {
    for (const text of users) { const [kind, name] = text.split(" "); await iam(`Detach${kind === "user" ? "User" : "Role"}Policy`, { [kind === "user" ? "UserName" : "RoleName"]: name, PolicyArn: arn }); }
    for (const version of list((await iam("ListPolicyVersions", { PolicyArn: arn })).Versions)) if (version.IsDefaultVersion !== "true") await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: version.VersionId });
    await iam("DeletePolicy", { PolicyArn: arn });
    return true;
  }, "The policy is deleted.")) location.hash = to("iam", "policies");
};

const policy = (ctx, arn) => {
  const own = !arn.startsWith("arn:aws:iam::aws:");
  return [
    head(arn.split("/").pop(), { over: [link("Policies", "iam", "policies")], summary: own ? null : "AWS\u2019s own: it can be attached, not changed. The practice cloud\u2019s is shorter than the real one, in the same spirit." }),
    editView({
      services: ["iam"],
      load: async (signal) => {
        const [got, versions, users] = await Promise.all([managedText(arn, signal), iam("ListPolicyVersions", { PolicyArn: arn }, { signal }), iam("ListEntitiesForPolicy", { PolicyArn: arn }, { signal })]);
        return { ...got, versions: list(versions.Versions), users: [...list(users.PolicyUsers).map((row) => `user ${row.UserName}`), ...list(users.PolicyRoles).map((row) => `role ${row.RoleName}`)] };
      },
      draw: ({ policy: row, text, versions, users }) => {
        const edit = editor({ label: "Policy", value: text, readonly: !own, check: (typed) => policyProblems(typed, "identity") });
        const problem = h("div", { class: "problem" });
        const save = async () => {
          problem.replaceChildren();
          try {
            // Five versions are kept: the oldest makes room.
            if (versions.length >= 5) await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: versions.filter((version) => version.IsDefaultVersion !== "true").at(-1).VersionId });
            await iam("CreatePolicyVersion", { PolicyArn: arn, PolicyDocument: edit.text(), SetAsDefault: "true" });
            say("Saved as a new version, which counts at once.");
          } catch (error) { problem.append(failure(error)); }
        };
        const nodes = [
          card("", facts({ ARN: copyable(row.Arn), "Version that counts": row.DefaultVersionId, Versions: versions.map((version) => version.VersionId).join(", "), "Attached to": users.length ? h("span", {}, users.map((name, i) => [i ? ", " : "", name])) : "nobody", Changed: ago(row.UpdateDate) })),
          edit, problem, own && h("p", { class: "row" }, button("Save as new version", save, { class: "primary" }), button("Delete policy", () => deletePolicy(arn, users), { class: "danger" })),
        ].filter(Boolean);
        return { edit, nodes };
      },
    }),
  ];
};

// ---- the simulator

const COMMON = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "sagemaker:CreateTrainingJob", "sagemaker:CreateModel", "sagemaker:CreateEndpoint", "sagemaker:InvokeEndpoint", "iam:PassRole", "logs:GetLogEvents"];

const sourceText = async (who, kind, id) => {
  const name = who.split("/").pop(), one = kind === "user" ? KINDS.users : KINDS.roles;
  const prefix = `${kind}_${name}_`;
  if (kind === "user" || kind === "role") return { title: id.slice(prefix.length), text: decodeURIComponent((await iam(`Get${one.suffix}Policy`, { [one.Name]: name, PolicyName: id.slice(prefix.length) })).PolicyDocument), where: to("iam", one === KINDS.users ? "users" : "roles", name) };
  if (kind === "group") {
    const group = list((await iam("ListGroupsForUser", { UserName: name })).Groups).find((one) => id.startsWith(`group_${one.GroupName}_`)).GroupName, title = id.slice(`group_${group}_`.length);
    return { title: `${title} of the group ${group}`, text: decodeURIComponent((await iam("GetGroupPolicy", { GroupName: group, PolicyName: title })).PolicyDocument) };
  }
  const arn = kind === "aws-managed" ? `arn:aws:iam::aws:policy/${id}` : (await everyPage("ListPolicies", "Policies", { Scope: "Local" })).find((row) => row.PolicyName === id)?.Arn;
  const { Policy } = await iam("GetPolicy", { PolicyArn: arn });
  return { title: id, text: decodeURIComponent((await iam("GetPolicyVersion", { PolicyArn: arn, VersionId: Policy.DefaultVersionId })).PolicyVersion.Document), where: to("iam", "policies", arn) };
};

const cut = (text, { StartPosition: from, EndPosition: until }) => {
  const offset = ({ Line, Column }) => text.split("\n").slice(0, Line - 1).reduce((n, line) => n + line.length + 1, 0) + Number(Column) - 1;
  return text.slice(offset(from), offset(until));
};

const verdict = async (who, result) => {
  const allowed = result.EvalDecision === "allowed", denied = result.EvalDecision === "explicitDeny";
  const statements = await Promise.all(list(result.MatchedStatements).map(async (match) => {
    if (match.SourcePolicyType === "resource") return { title: match.SourcePolicyId, text: "" };
    const source = await sourceText(who, match.SourcePolicyType, match.SourcePolicyId).catch(() => null);
    return source ? { ...source, line: match.StartPosition.Line, text: pretty(cut(source.text, match)) } : { title: match.SourcePolicyId, text: "" };
  }));
  return h("article", { class: `sheet judged ${allowed ? "yes" : "no"}` },
    h("h2", { class: "sheet-title" }, h("span", { class: "verdict-word" }, allowed ? "Yes" : "No"), " ", code(result.EvalActionName), h("span", { class: "quiet-text" }, " on ", code(result.EvalResourceName))),
    h("p", {}, allowed ? `${count(statements.length, "statement")} ${statements.length === 1 ? "allows" : "allow"} it.` : denied ? "A statement denies it, and a Deny always wins." : "Nothing allows it, and what nothing allows is refused."),
    statements.map((statement) => h("div", { class: "statement" }, h("p", { class: "quiet-text" }, "In ", statement.where ? h("a", { href: statement.where }, statement.title) : code(statement.title), statement.line ? `, line ${statement.line} of its text` : ""), statement.text && h("pre", { class: "code-block", tabindex: "0", "aria-label": "Statement" }, statement.text))));
};

const simulator = (ctx) => {
  const out = h("div", { class: "verdicts", role: "status" });
  const row = (label, control, hint) => h("div", { class: "form-row" }, h("label", { for: control.id }, label), control, hint && h("p", { class: "hint" }, hint));
  const who = h("select", { id: "sim-who", class: "field" });
  const action = h("input", { id: "sim-action", class: "field", list: "sim-actions", value: ctx.query.action || "s3:GetObject", autocomplete: "off", spellcheck: "false" });
  const resource = h("input", { id: "sim-resource", class: "field", value: ctx.query.resource || "*", autocomplete: "off", spellcheck: "false" });
  const ask = async () => {
    await known;
    if (!who.value) return;
    out.setAttribute("aria-busy", "true");
    const actions = action.value.split(/[\s,]+/).filter(Boolean), resources = resource.value.split(/[\s,]+/).filter(Boolean);
    const parameters = { PolicySourceArn: who.value };
    actions.forEach((name, i) => { parameters[`ActionNames.member.${i + 1}`] = name; });
    resources.forEach((name, i) => { parameters[`ResourceArns.member.${i + 1}`] = name; });
    try {
      const results = list((await iam("SimulatePrincipalPolicy", parameters)).EvaluationResults);
      out.replaceChildren(...await Promise.all(results.map((result) => verdict(who.value, result))));
    } catch (error) { out.replaceChildren(failure(error, ask)); }
    out.removeAttribute("aria-busy");
  };
  const asked = Boolean(ctx.query.action);
  const known = Promise.all([everyPage("ListUsers", "Users").catch(() => []), everyPage("ListRoles", "Roles").catch(() => [])]).then(([users, roles]) => {
    const wanted = ctx.query.who;
    const arns = [...users.map((user) => [user.Arn, `user ${user.UserName}`]), ...roles.map((role) => [role.Arn, `role ${role.RoleName}`])];
    if (wanted && !arns.some(([arn]) => arn === wanted) && !wanted.endsWith(":root")) arns.push([wanted, wanted.split(":").pop().replace("/", " ")]);
    who.replaceChildren(...arns.map(([arn, title]) => h("option", { value: arn, selected: arn === wanted || null }, title)));
  });
  if (asked) ask();
  const note2 = ctx.query.who?.endsWith(":root") ? note("", "The account\u2019s root", h("p", {}, "Root may do all that no resource denies. It is not simulated: choose a user or a role.")) : null;
  return [
    head("Simulator", { summary: "Who may do what, asked without doing it. The answer names the statements that decide." }),
    note2,
    h("form", { class: "sheet", onsubmit: (event) => { event.preventDefault(); ask(); } },
      h("div", { class: "filters sim" }, row("Who", who), row("Actions", action), row("On which", resource)),
      h("datalist", { id: "sim-actions" }, COMMON.map((name) => h("option", { value: name }))),
      h("p", { class: "row" }, h("button", { type: "submit", class: "primary" }, "May they?"), h("span", { class: "quiet-text" }, "Several actions or ARNs: with spaces between."))),
    out,
  ];
};

export const view = (ctx) => {
  const [page = "users", name] = ctx.path;
  if (page === "simulator") return simulator(ctx);
  if (page === "policies") return name ? policy(ctx, name) : policies(ctx);
  if (KINDS[page]) return name ? principal(ctx, page, name) : principals(ctx, page);
  return empty("There is no such page");
};
