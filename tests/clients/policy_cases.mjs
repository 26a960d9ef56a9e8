// Cases for the policy engine, with the decisions of an independent evaluator.
//
//     node policy_cases.mjs COUNT SEED  ->  one JSON object a line:
//     {principal, action, resource, resourceAccount, keys: {name: [values]}, identity: [policy],
//      boundary, session, resourcePolicy, trust, expected: "Allowed"|"ExplicitlyDenied"|...}
//
// The same seed gives the same cases. Policies that the evaluator calls invalid are left out, and
// what it decides otherwise than AWS's documentation has it:
//   - a prefix of 0 bits (0.0.0.0/0) matches no address there;
//   - NotIpAddress of an address of the other family does not hold there;
//   - ForAnyValue with IfExists does not hold there where the key is absent;
//   - variables are replaced in conditions of 2008 policies there;
//   - a negated operator does not hold there where a variable has no value;
//   - a resource policy that names the session itself is limited by its session policy there.
import { runSimulation } from '@cloud-copilot/iam-simulate';

const [count, seed] = process.argv.slice(2).map(Number);
let state = seed >>> 0;
function random() { // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const chance = (p) => random() < p;
const pick = (list) => list[Math.floor(random() * list.length)];
const some = (list, max) => Array.from({ length: 1 + Math.floor(random() * max) }, () => pick(list));
const oneOrMore = (list, max) => { const s = some(list, max); return s.length === 1 && chance(0.7) ? s[0] : s; };

const account = '123456789012', other = '210987654321';
const ada = `arn:aws:iam::${account}:user/ada`, bob = `arn:aws:iam::${account}:user/team/bob`;
const role = `arn:aws:iam::${account}:role/work`, session = `arn:aws:sts::${account}:assumed-role/work/ada`;
const stranger = `arn:aws:iam::${other}:user/eve`;

const requests = [
    ...['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].flatMap((action) => [
        { action, resource: 'arn:aws:s3:::data/a/b.csv' }, { action, resource: 'arn:aws:s3:::data/ada/x y' },
        { action, resource: 'arn:aws:s3:::data-2/b' }]),
    { action: 's3:ListBucket', resource: 'arn:aws:s3:::data' },
    { action: 's3:ListBucket', resource: 'arn:aws:s3:::data-2' },
    { action: 'sagemaker:CreateTrainingJob', resource: `arn:aws:sagemaker:us-east-1:${account}:training-job/job-1` },
    { action: 'sagemaker:StopTrainingJob', resource: `arn:aws:sagemaker:eu-west-1:${account}:training-job/job-2` },
    { action: 'sagemaker:InvokeEndpoint', resource: `arn:aws:sagemaker:us-east-1:${account}:endpoint/live` },
    { action: 'iam:PassRole', resource: role },
    { action: 'iam:GetRole', resource: `arn:aws:iam::${account}:role/other` },
];
const actions = ['*', 's3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', 's3:putobject', 'S3:Li?tBucket', 's3:ListBucket', 's3:*Object',
    'sagemaker:*', 'sagemaker:Create*', 'sagemaker:*TrainingJob', 'sagemaker:InvokeEndpoint', 'iam:PassRole', 'iam:*', 'iam:Get*'];
const resources = ['*', 'arn:aws:s3:::*', 'arn:aws:s3:::data', 'arn:aws:s3:::data/*', 'arn:aws:s3:::data*', 'arn:aws:s3:::data-?/*', 'arn:aws:s3:::data/a/*',
    'arn:aws:s3:::data/${aws:username}/*', 'arn:aws:s3:::data/*/b.csv', 'arn:aws:s3:::DATA/*', `arn:aws:sagemaker:*:${account}:training-job/*`,
    `arn:aws:sagemaker:us-east-1:${account}:*`, `arn:aws:sagemaker:us-east-1:${account}:endpoint/live`, role, `arn:aws:iam::${account}:role/*`, `arn:aws:iam::*:role/w*`];
const bucketResources = resources.filter((r) => r === '*' || r.startsWith('arn:aws:s3'));

// ---- conditions: a key, the operators that suit it, values of the request and of policies
const strings = ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'];
const numbers = ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'];
const dates = ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'];
const arns = ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'];
const conditions = [
    { key: 'aws:username', operators: strings, policy: ['ada', 'Ada', 'a*', 'b?b', '${aws:username}', 'eve'] },
    { key: 'aws:RequestedRegion', operators: strings, have: ['us-east-1', 'eu-west-1'], policy: ['us-east-1', 'eu-*', 'US-EAST-1', '*'] },
    { key: 'aws:PrincipalTag/team', operators: strings, have: ['red', 'blue'], policy: ['red', 'BLUE', 'r*', '?ed', '${aws:PrincipalTag/team}'] },
    { key: 'aws:SourceIp', operators: ['IpAddress', 'NotIpAddress'], have: ['10.1.2.3', '192.168.0.9', '2001:db8::7'], policy: ['10.0.0.0/8', '10.1.2.3', '192.168.0.0/29', '2001:db8::/32'] },
    { key: 'aws:MultiFactorAuthAge', operators: numbers, have: ['0', '100', '3600.5', '-5'], policy: ['100', '3600', '3600.5', '0', '-5'] },
    { key: 'aws:CurrentTime', operators: dates, have: ['2026-11-25T10:00:00Z', '2025-01-01T00:00:00Z'], policy: ['2026-11-25T10:00:00Z', '2026-01-01T00:00:00Z', '2026-11-25', '2030-06-01T00:00:00Z'] },
    { key: 'aws:EpochTime', operators: dates.concat(numbers), have: ['1764064800', '1'], policy: ['1764064800', '1500000000'] },
    { key: 'aws:SecureTransport', operators: ['Bool'], have: ['true', 'false'], policy: ['true', 'false', 'TRUE'] },
    { key: 'aws:PrincipalArn', operators: arns.concat(strings), policy: [ada, role, `arn:aws:iam::${account}:user/*`, 'arn:aws:iam::*:role/w?rk', stranger] },
    { key: 'aws:TagKeys', operators: strings, many: ['team', 'cost', 'Owner'], policy: ['team', 'cost', 'o*', 'Owner'] },
    { key: 'aws:PrincipalAccount', operators: strings, policy: [account, other, '12345*'] },
    { key: 'iam:PassedToService', operators: strings, only: 'iam:PassRole', have: ['sagemaker.amazonaws.com', 'ec2.amazonaws.com'], policy: ['sagemaker.amazonaws.com', '*.amazonaws.com'] },
    { key: 's3:prefix', operators: strings, only: 's3:ListBucket', have: ['', 'a/', 'home/ada/'], policy: ['a/', 'home/*', 'home/${aws:username}/*', ''] },
    { key: 's3:max-keys', operators: numbers, only: 's3:ListBucket', have: ['10', '1000'], policy: ['10', '100'] },
];

function condition() {
    const block = {};
    for (let n = 1 + Math.floor(random() * 2); n; n--) {
        const c = pick(conditions);
        let operator = pick(c.operators);
        if (c.many) operator = `${pick(['ForAllValues', 'ForAnyValue'])}:${operator}`;
        if (chance(0.2) && !operator.startsWith('ForAny')) operator += 'IfExists';
        if (chance(0.06)) {
            block.Null = { ...block.Null, [c.key]: pick(['true', 'false']) };
            continue;
        }
        const key = chance(0.1) ? c.key.toUpperCase().replace(/\/.*/, (t) => t.toLowerCase()) : c.key;
        block[operator] = { ...block[operator], [key]: oneOrMore(c.policy, 2) };
    }
    return block;
}

function statement(kind, request) {
    const s = { Effect: chance(kind === 'boundary' ? 0.85 : 0.72) ? 'Allow' : 'Deny' };
    if (kind === 'resource') {
        const principal = pick(['*', { AWS: '*' }, { AWS: ada }, { AWS: [bob, session] }, { AWS: role }, { AWS: account },
            { AWS: `arn:aws:iam::${account}:root` }, { AWS: stranger }, { Service: 'sagemaker.amazonaws.com' }]);
        s.Principal = principal;
    }
    const own = kind === 'resource' ? actions.filter((a) => /^s3|^S3/.test(a)) : actions;
    const likely = chance(0.5) ? [request.action, own[0]] : own;
    if (chance(0.12)) s.NotAction = oneOrMore(own, 2);
    else s.Action = oneOrMore(kind === 'resource' ? likely.filter((a) => /^s3/i.test(a)).concat(own[0]) : likely, 3);
    const places = kind === 'resource' ? bucketResources.filter((r) => r !== '*') : resources;
    const near = chance(0.5) ? [request.resource, places[0]] : places;
    if (chance(0.1)) s.NotResource = oneOrMore(places, 2);
    else s.Resource = oneOrMore(near, 3);
    if (chance(0.45)) s.Condition = condition();
    return s;
}
function policy(kind, request) {
    const statements = Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(kind, request));
    const old = chance(0.07) && !JSON.stringify(statements).includes('${');
    return { Version: old ? '2008-10-17' : '2012-10-17', Statement: statements.length === 1 && chance(0.3) ? statements[0] : statements };
}

function keysFor(principal, request) {
    const keys = { 'aws:PrincipalArn': principal === session ? role : principal, 'aws:PrincipalAccount': principal === stranger ? other : account };
    if (principal !== session) keys['aws:username'] = principal.split('/').pop();
    for (const c of conditions) {
        if (c.only && c.only !== request.action) continue;
        if (c.have && chance(0.75)) keys[c.key] = pick(c.have);
        if (c.many && chance(0.6)) keys[c.key] = [...new Set(some(c.many, 3))];
    }
    return keys;
}

// Does a NotIpAddress meet an address of the other family?
function mixesFamilies(policies, address) {
    const v6 = String(address).includes(':');
    return JSON.stringify(policies).split('NotIpAddress').slice(1).some((rest) => {
        const values = rest.slice(0, rest.indexOf('}'));
        return v6 ? /\d+\.\d+\.\d+\.\d+/.test(values) : values.includes('2001:');
    });
}

async function make() {
    const request = pick(requests);
    const bucket = request.resource.startsWith('arn:aws:s3');
    const principal = pick([ada, ada, bob, session, session, ...(bucket ? [stranger] : [])]);
    const keys = keysFor(principal, request);
    const c = {
        principal, action: request.action, resource: request.resource, resourceAccount: account, keys,
        identity: Array.from({ length: pick([0, 1, 1, 1, 2]) }, () => policy('identity', request)),
        boundary: chance(0.25) ? policy('boundary', request) : undefined,
        session: principal === session && chance(0.3) ? policy('boundary', request) : undefined,
        resourcePolicy: bucket && chance(0.5) ? policy('resource', request) : undefined,
    };
    const said = JSON.stringify([c.identity, c.boundary, c.session, c.resourcePolicy]);
    const unknown = ['aws:username', 'aws:PrincipalTag/team'].filter((name) => !(name in keys));
    if (unknown.some((name) => new RegExp(`Not[^}]*\\$\\{${name}\\}`).test(said))) return undefined;
    if (c.session && JSON.stringify(c.resourcePolicy ?? '').includes(session)) return undefined;
    if (keys['aws:SourceIp'] && mixesFamilies([c.identity, c.boundary, c.session, c.resourcePolicy], keys['aws:SourceIp'])) return undefined;
    const answer = await runSimulation({
        request: { principal, action: c.action, resource: { resource: c.resource, accountId: account }, contextVariables: keys },
        identityPolicies: c.identity.map((p, i) => ({ name: `p${i}`, policy: p })),
        serviceControlPolicies: [], resourceControlPolicies: [],
        resourcePolicy: c.resourcePolicy, sessionPolicy: c.session,
        permissionBoundaryPolicies: c.boundary && [{ name: 'b', policy: c.boundary }],
    }, {});
    if (answer.resultType !== 'single')
        return process.env.WHY ? console.error(JSON.stringify(answer).slice(0, 400)) : undefined;
    // Keys that do not belong to the action are not looked at there; they are not sent here.
    for (const name of answer.result.ignoredContextKeys ?? []) delete keys[name];
    for (const name of Object.keys(keys)) keys[name] = [keys[name]].flat();
    return { ...c, expected: answer.overallResult };
}

for (let n = 0; n < count;) {
    const c = await make();
    if (!c) continue;
    console.log(JSON.stringify(c));
    n++;
}
