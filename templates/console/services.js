// What there is: AWS's services by what they are for, each with one honest line,
// and the pages of those that the practice cloud has.

// [name, what it is for, page here, other words to find it by]
const GROUPS = [
  ["Machine learning", [
    ["Amazon SageMaker AI", "Label, train, tune and serve models.", "sagemaker", "machine learning ml ai labelling labeling notebooks training jobs inference endpoints ground truth pipelines xgboost"],
    ["Amazon Bedrock", "Large language models of several makers, by the token."],
    ["Amazon Comprehend", "Finds names, subjects and moods in text."],
    ["Amazon Rekognition", "Recognises things and faces in pictures."],
    ["Amazon Textract", "Reads scanned pages and forms."],
    ["Amazon Transcribe", "Turns speech into text."],
    ["Amazon Polly", "Turns text into speech."],
    ["Amazon Translate", "Translates text."],
    ["Amazon Forecast", "Forecasts of time series; closed to new customers."],
    ["Amazon Personalize", "Recommendations from what people clicked."],
    ["Amazon Augmented AI", "Sends a model's unsure answers to people."],
  ]],
  ["Storage", [
    ["S3", "Keeps files, called objects, in buckets.", "s3", "storage files objects buckets data upload download"],
    ["EBS", "Disks for rented computers."],
    ["EFS", "A shared folder for many computers."],
    ["FSx", "Shared folders for special needs, such as Lustre."],
    ["S3 Glacier", "An archive: cheap to keep, slow to fetch."],
    ["Storage Gateway", "Joins the storage in your cellar to S3."],
    ["AWS Backup", "Backs up other services by a plan."],
  ]],
  ["Security and identity", [
    ["IAM", "Users, roles and policies: who may do what.", "iam", "identity access users roles policies permissions accessdenied simulator trust"],
    ["STS", "Hands out credentials for a while. Here it is behind the account menu.", null, "assume role sessions", true],
    ["IAM Identity Center", "One sign-in for many accounts."],
    ["KMS", "Keeps keys, and encrypts with them."],
    ["Secrets Manager", "Keeps passwords, and changes them."],
    ["Cognito", "Sign-in for the users of your app."],
    ["GuardDuty", "Watches for what looks like an attack."],
    ["Macie", "Finds personal data in buckets."],
    ["WAF", "Filters requests before they reach a website."],
    ["Shield", "Withstands floods of requests."],
    ["Certificate Manager", "Certificates for websites."],
    ["Security Hub", "Collects what the other guards have found."],
    ["Artifact", "AWS's own compliance papers."],
  ]],
  ["Management", [
    ["CloudWatch", "Logs, metrics and alarms. Here: the logs.", "logs", "logs monitoring log groups streams errors output"],
    ["Service Quotas", "How much of everything you may use, and how to ask for more.", "quotas", "limits resourcelimitexceeded increase quota instances"],
    ["CloudTrail", "Who called what, and what was refused.", "trail", "events audit history refused accessdenied why"],
    ["CloudFormation", "Makes many resources from one text."],
    ["Systems Manager", "Looks after many computers; keeps parameters."],
    ["Config", "Remembers how each resource was set."],
    ["Organizations", "Many accounts under one roof."],
    ["Trusted Advisor", "Hints about cost, safety and limits."],
    ["Resource Groups", "Finds resources by their tags."],
    ["Control Tower", "Sets up many accounts by rule."],
    ["Health", "Says when AWS itself has trouble."],
  ]],
  ["Cost", [
    ["Billing and Cost Management", "The bill, budgets, and what still costs money.", "billing", "money cost bill budget price free tier spend invoice cost explorer clean up"],
    ["AWS Price List", "Prices as data. Here they are list-like practice prices.", "billing/prices", "prices pricing hour instance"],
    ["Savings Plans", "Cheaper, for a promise of one or three years."],
    ["Marketplace", "Software of other makers, billed by AWS."],
  ]],
  ["Computing", [
    ["EC2", "Rented computers, called instances."],
    ["Lambda", "Runs a function when something happens."],
    ["Batch", "Queues of jobs on rented computers."],
    ["ECS", "Runs containers, AWS's way."],
    ["EKS", "Runs containers, the Kubernetes way."],
    ["ECR", "Keeps container images."],
    ["Fargate", "Containers without computers to look after."],
    ["Lightsail", "A small server at a fixed price."],
    ["Elastic Beanstalk", "Puts a web app on servers for you."],
    ["App Runner", "A web app from a container, in one step."],
    ["Outposts", "AWS's computers in your own building."],
  ]],
  ["Databases", [
    ["RDS", "PostgreSQL, MySQL and others, looked after."],
    ["Aurora", "AWS's own engine behind PostgreSQL and MySQL."],
    ["DynamoDB", "Tables of keys and values, of any size."],
    ["ElastiCache", "Redis and Memcached in memory."],
    ["Neptune", "A database of graphs."],
    ["DocumentDB", "Documents, spoken to like MongoDB."],
    ["Timestream", "Measurements over time."],
    ["MemoryDB", "Redis that does not forget."],
  ]],
  ["Analytics", [
    ["Athena", "SQL over files in S3."],
    ["Glue", "A catalogue of data, and jobs that reshape it."],
    ["EMR", "Spark and Hadoop on many computers."],
    ["Redshift", "A warehouse for very large tables."],
    ["Kinesis", "Streams of events."],
    ["OpenSearch Service", "Full-text search and dashboards."],
    ["QuickSight", "Charts for people who decide."],
    ["Lake Formation", "Who may see which column of which table."],
    ["MSK", "Kafka, looked after."],
  ]],
  ["Joining things", [
    ["Step Functions", "Draws a process as steps and runs it."],
    ["EventBridge", "Passes events from service to service."],
    ["SQS", "Queues of messages."],
    ["SNS", "Sends a message to many."],
    ["API Gateway", "A front door for web APIs."],
    ["AppSync", "GraphQL in front of other services."],
    ["MWAA", "Airflow, looked after."],
    ["SES", "Sends e-mail."],
  ]],
  ["Network", [
    ["VPC", "Your own network inside AWS."],
    ["Route 53", "Names of the internet (DNS)."],
    ["CloudFront", "Copies of your site near its readers."],
    ["Elastic Load Balancing", "Shares requests among computers."],
    ["Direct Connect", "A cable from your building to AWS."],
    ["Global Accelerator", "A shorter way to your servers."],
  ]],
  ["For developers", [
    ["CloudShell", "A terminal in the console."],
    ["CodeBuild", "Builds and tests code."],
    ["CodePipeline", "From a commit to a release."],
    ["CodeDeploy", "Puts new versions onto servers."],
    ["X-Ray", "Follows one request through many services."],
    ["Cloud9", "An editor in the browser; closed to new customers."],
    ["Amplify", "Web and phone apps, put together."],
    ["Device Farm", "Tests apps on real phones."],
    ["IoT Core", "Talks to devices."],
  ]],
];

export const groups = GROUPS.map(([title, rows]) => ({
  title,
  services: rows.map(([name, what, page, words = "", here = false]) => ({ name, what, page, words, here: here || Boolean(page) })),
}));

// Pages inside services: [service, page, title, other words]
export const PAGES = {
  s3: { title: "S3", nav: [["buckets", "Buckets"]] },
  iam: { title: "IAM", nav: [["users", "Users"], ["roles", "Roles"], ["policies", "Policies"], ["simulator", "Simulator", null, "who may do what permission accessdenied"]] },
  sagemaker: { title: "SageMaker AI", nav: [["overview", "Overview"], ["labeling-jobs", "Labelling jobs", "Label", "ground truth annotate"], ["notebook-instances", "Notebook instances", "Explore", "jupyter"], ["training-jobs", "Training jobs", "Train", "train xgboost"], ["tuning-jobs", "Tuning jobs", null, "hyperparameter search"], ["models", "Models", "Use"], ["endpoints", "Endpoints", null, "real-time inference serve"], ["transform-jobs", "Batch transforms", null, "score inference"], ["pipelines", "Pipelines", "Repeat", "mlops steps graph"]] },
  logs: { title: "CloudWatch", nav: [["groups", "Log groups"]] },
  quotas: { title: "Service Quotas", nav: [["sagemaker", "SageMaker\u2019s quotas", null, "limit"], ["requests", "Requests", null, "increase"]] },
  billing: { title: "Billing and Cost Management", nav: [["bill", "Bill"], ["running", "What still costs", null, "clean up"], ["budgets", "Budgets"], ["prices", "Practice prices"]] },
  trail: { title: "CloudTrail", nav: [["events", "Latest calls"], ["refusals", "Refusals", null, "why accessdenied"]] },
};

export const titleOf = (service) => PAGES[service]?.title || service;

const entries = [];
for (const { services } of groups)
  for (const { name, what, page, words, here } of services) entries.push({ title: name, what, page, text: `${name} ${what} ${words}`.toLowerCase(), here, rank: page ? 0 : here ? 1 : 2 });
for (const [service, { title, nav }] of Object.entries(PAGES))
  for (const [page, name, , words = ""] of nav) entries.push({ title: name, what: title, page: `${service}/${page}`, text: `${name} ${title} ${words}`.toLowerCase(), here: true, rank: 0.5 });

// Every word must be there; a name that begins with what was typed comes first.
export const search = (typed) => {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const begins = (entry) => entry.title.toLowerCase().replace(/^(amazon|aws) /, "").startsWith(typed.trim().toLowerCase());
  const score = (entry) => entry.rank + (begins(entry) ? -2 : 0) + (words.every((word) => entry.title.toLowerCase().includes(word)) ? -1 : 0);
  return entries.filter((entry) => words.every((word) => entry.text.includes(word))).sort((a, b) => score(a) - score(b)).slice(0, 9);
};

export const REGIONS = [
  ["us-east-1", "N. Virginia"], ["us-east-2", "Ohio"], ["us-west-1", "N. California"], ["us-west-2", "Oregon"], ["ca-central-1", "Canada"], ["sa-east-1", "S\u00e3o Paulo"],
  ["eu-west-1", "Ireland"], ["eu-west-2", "London"], ["eu-west-3", "Paris"], ["eu-central-1", "Frankfurt"], ["eu-north-1", "Stockholm"], ["eu-south-1", "Milan"],
  ["af-south-1", "Cape Town"], ["me-south-1", "Bahrain"], ["ap-south-1", "Mumbai"], ["ap-southeast-1", "Singapore"], ["ap-southeast-2", "Sydney"], ["ap-northeast-1", "Tokyo"], ["ap-northeast-2", "Seoul"],
];
export const regionTitle = (name) => REGIONS.find(([id]) => id === name)?.[1] || name;
