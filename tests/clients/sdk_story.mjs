// The newest AWS SDK for JavaScript against the practice cloud. Prints TAP.
//     node sdk_story.mjs CLOUD_FOLDER
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as s3s from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import * as iams from '@aws-sdk/client-iam';
import * as sms from '@aws-sdk/client-sagemaker';
import { STSClient, AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';

const at = JSON.parse(readFileSync(`${process.argv[2]}/endpoint.json`));
const credentials = { accessKeyId: at.access_key_id, secretAccessKey: at.secret_access_key };
const options = (more = {}) => ({ endpoint: at.endpoint, region: 'us-east-1', credentials, maxAttempts: 1, ...more });
const s3 = new s3s.S3Client(options({ forcePathStyle: true }));
const iam = new iams.IAMClient(options()), sm = new sms.SageMakerClient(options()), sts = new STSClient(options());

let tests = 0;
function check(what, good, why = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++tests} - ${what}`);
    if (!good) console.log(`#   ${JSON.stringify(why)?.slice(0, 800)}`);
}
const same = (what, expected, found) => check(what, JSON.stringify(expected) === JSON.stringify(found), { expected, found });
async function refused(what, name, promise) {
    try {
        await promise;
        check(what, false, 'was not refused');
    } catch (e) {
        check(what, e.name === name, { expected: name, found: e.name, message: e.message });
    }
}
async function until(ask, seconds = 40) {
    for (let end = Date.now() + seconds * 1000; Date.now() < end;) {
        const answer = await ask();
        if (answer) return answer;
        await new Promise((go) => setTimeout(go, 100));
    }
    return undefined;
}
const bytes = async (answer) => Buffer.from(await answer.Body.transformToByteArray());
const sha = (data) => createHash('sha256').update(data).digest('hex');

// ---- a bucket and what goes into it
const Bucket = 'sdk-story';
same('who am I', `arn:aws:iam::${at.account}:user/learner`, (await sts.send(new GetCallerIdentityCommand({}))).Arn);
await s3.send(new s3s.CreateBucketCommand({ Bucket }));
same('the bucket lists', [Bucket], (await s3.send(new s3s.ListBucketsCommand({}))).Buckets.map((b) => b.Name));
const odd = ["plain", 'ä ö+&=?.csv', 'a//b/../c', "it's*(100%)~", '日本/語', '<b>&amp;"x"'];
for (const Key of odd) await s3.send(new s3s.PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, Metadata: { key: 'value' } }));
for (const Key of odd) {
    const got = await s3.send(new s3s.GetObjectCommand({ Bucket, Key }));
    same(`a key with everything in it comes back: ${Key}`, [`body of ${Key}`, 'value'], [String(await bytes(got)), got.Metadata.key]);
}
same('keys list as they are', [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    (await s3.send(new s3s.ListObjectsV2Command({ Bucket }))).Contents.map((o) => o.Key));
const large = randomBytes(12 << 20);
await s3.send(new s3s.PutObjectCommand({ Bucket, Key: 'streamed', Body: Readable.from([large.subarray(0, 70000), large.subarray(70000, 3 << 20)]), ContentLength: 3 << 20 }));
same('a stream with a trailing checksum', sha(large.subarray(0, 3 << 20)),
    sha(await bytes(await s3.send(new s3s.GetObjectCommand({ Bucket, Key: 'streamed' })))));
await new Upload({ client: s3, params: { Bucket, Key: 'in-parts', Body: Readable.from([large]) } }).done();
const parts = await s3.send(new s3s.GetObjectCommand({ Bucket, Key: 'in-parts' }));
check('an upload in parts', /-3"$/.test(parts.ETag) && sha(await bytes(parts)) === sha(large), parts.ETag);
same('a range', sha(large.subarray(5, 5000001)),
    sha(await bytes(await s3.send(new s3s.GetObjectCommand({ Bucket, Key: 'in-parts', Range: 'bytes=5-5000000' })))));
for (const algorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME']) {
    try {
        await s3.send(new s3s.PutObjectCommand({ Bucket, Key: `sum/${algorithm}`, Body: 'sum', ChecksumAlgorithm: algorithm }));
        same(`checksum ${algorithm}`, 'sum', String(await bytes(await s3.send(new s3s.GetObjectCommand({ Bucket, Key: `sum/${algorithm}`, ChecksumMode: 'ENABLED' })))));
    } catch (e) { // needs a package that the SDK does not bring
        check(`checksum ${algorithm}`, /crc64|CRT|crt/.test(e.message), e.message);
    }
}
await refused('a wrong checksum', 'BadDigest', s3.send(new s3s.PutObjectCommand({ Bucket, Key: 'x', Body: 'x', ChecksumCRC32: 'AAAAAA==' })));
await refused('written once', 'PreconditionFailed', s3.send(new s3s.PutObjectCommand({ Bucket, Key: 'plain', Body: 'x', IfNoneMatch: '*' })));
await refused('a key that is not there', 'NoSuchKey', s3.send(new s3s.GetObjectCommand({ Bucket, Key: 'none' })));
await refused('a bucket that is not there', 'NoSuchBucket', s3.send(new s3s.ListObjectsV2Command({ Bucket: 'nobody-has-this' })));
await refused('a wrong secret', 'SignatureDoesNotMatch', new s3s.S3Client(options({ forcePathStyle: true, credentials: { ...credentials, secretAccessKey: 'no' } })).send(new s3s.ListBucketsCommand({})));
await refused('a wrong secret elsewhere', 'InvalidSignatureException', new sms.SageMakerClient(options({ credentials: { ...credentials, secretAccessKey: 'no' } })).send(new sms.ListModelsCommand({})));
const small = Array.from({ length: 1000 }, (_, i) => `small/${String(i).padStart(4, '0')}`);
for (let i = 0; i < small.length; i += 50) await Promise.all(small.slice(i, i + 50).map((Key) => s3.send(new s3s.PutObjectCommand({ Bucket, Key, Body: Key }))));
const listed = [];
for await (const page of s3s.paginateListObjectsV2({ client: s3, pageSize: 300 }, { Bucket, Prefix: 'small/' })) listed.push(...page.Contents.map((o) => o.Key));
same('1,000 small ones, in pages', small, listed);

// ---- a role, data, a model, predictions
const role = (await iam.send(new iams.CreateRoleCommand({ RoleName: 'story', AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [
    { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${at.account}:root` }, Action: 'sts:AssumeRole' }] }) }))).Role.Arn;
await iam.send(new iams.PutRolePolicyCommand({ RoleName: 'story', PolicyName: 'may', PolicyDocument: JSON.stringify({ Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:*', 'logs:*'], Resource: '*' }] }) }));
const session = (await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'js' }))).Credentials;
const asRole = new s3s.S3Client(options({ forcePathStyle: true, credentials: { accessKeyId: session.AccessKeyId, secretAccessKey: session.SecretAccessKey, sessionToken: session.SessionToken } }));
same('a session of the role reads', 'body of plain', String(await bytes(await asRole.send(new s3s.GetObjectCommand({ Bucket, Key: 'plain' })))));
let seed = 11;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const rows = Array.from({ length: 600 }, () => [random(), random(), random()]);
const label = ([a, b]) => Number(a + b > 1);
const csv = (list, labelled) => list.map((r) => (labelled ? [label(r), ...r] : r).join(',')).join('\n') + '\n';
await s3.send(new s3s.PutObjectCommand({ Bucket, Key: 'train/rows.csv', Body: csv(rows.slice(0, 500), true) }));
await s3.send(new s3s.PutObjectCommand({ Bucket, Key: 'score/rows.csv', Body: csv(rows.slice(500), false) }));
const Image = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1';
const TrainingJobName = 'sdk-story';
await sm.send(new sms.CreateTrainingJobCommand({
    TrainingJobName, RoleArn: role, AlgorithmSpecification: { TrainingImage: Image, TrainingInputMode: 'File' },
    InputDataConfig: [{ ChannelName: 'train', ContentType: 'text/csv', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${Bucket}/train/`, S3DataDistributionType: 'FullyReplicated' } } }],
    OutputDataConfig: { S3OutputPath: `s3://${Bucket}/out/` }, ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 }, HyperParameters: { num_round: '30', objective: 'binary:logistic' } }));
const job = await until(async () => {
    const told = await sm.send(new sms.DescribeTrainingJobCommand({ TrainingJobName }));
    return ['Completed', 'Failed', 'Stopped'].includes(told.TrainingJobStatus) && told;
});
same('a training job', ['Completed', true], [job?.TrainingJobStatus, job?.CreationTime instanceof Date]);
await sm.send(new sms.CreateModelCommand({ ModelName: 'sdk-story', ExecutionRoleArn: role, PrimaryContainer: { Image, ModelDataUrl: job.ModelArtifacts.S3ModelArtifacts } }));
await sm.send(new sms.CreateTransformJobCommand({
    TransformJobName: 'sdk-story', ModelName: 'sdk-story', TransformOutput: { S3OutputPath: `s3://${Bucket}/scored/`, AssembleWith: 'Line' },
    TransformInput: { ContentType: 'text/csv', SplitType: 'Line', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${Bucket}/score/` } } },
    TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 } }));
const transform = await until(async () => {
    const told = await sm.send(new sms.DescribeTransformJobCommand({ TransformJobName: 'sdk-story' }));
    return ['Completed', 'Failed', 'Stopped'].includes(told.TransformJobStatus) && told;
});
same('a batch transform', 'Completed', transform?.TransformJobStatus);
const scores = String(await bytes(await s3.send(new s3s.GetObjectCommand({ Bucket, Key: 'scored/rows.csv.out' })))).trim().split('\n').map(Number);
const right = rows.slice(500).filter((r, i) => Number(scores[i] > 0.5) === label(r)).length;
check('a prediction for each row, and most of them right', scores.length === 100 && right >= 90, { rows: scores.length, right });
await refused('a model that is not there', 'ValidationException', sm.send(new sms.DescribeModelCommand({ ModelName: 'none' })));
await refused('a name that is taken', 'ResourceInUse', sm.send(new sms.CreateTransformJobCommand({ ...transform, TransformJobName: 'sdk-story' })));

// ---- clean up
await sm.send(new sms.DeleteModelCommand({ ModelName: 'sdk-story' }));
await refused('a full bucket stays', 'BucketNotEmpty', s3.send(new s3s.DeleteBucketCommand({ Bucket })));
let deleted = 0;
for await (const page of s3s.paginateListObjectsV2({ client: s3 }, { Bucket })) {
    const answer = await s3.send(new s3s.DeleteObjectsCommand({ Bucket, Delete: { Objects: page.Contents.map(({ Key }) => ({ Key })) } }));
    deleted += answer.Deleted.length;
}
check('many are deleted at once', deleted > 1000, deleted);
await s3.send(new s3s.DeleteBucketCommand({ Bucket }));
await iam.send(new iams.DeleteRolePolicyCommand({ RoleName: 'story', PolicyName: 'may' }));
await iam.send(new iams.DeleteRoleCommand({ RoleName: 'story' }));
same('nothing is left', [0, 0], [(await s3.send(new s3s.ListBucketsCommand({}))).Buckets?.length ?? 0, (await sm.send(new sms.ListModelsCommand({}))).Models.length]);
console.log(`1..${tests}`);
