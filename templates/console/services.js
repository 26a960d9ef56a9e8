// What the practice cloud has: its services, the pages of each, its regions, and the
// search over them. Those that only AWS has come from catalog.js when they are asked for.

// [name, what it is for, page here, other words to find it by, group of the catalog]
const HERE = [
  ["Amazon SageMaker AI", "Label, train, tune and serve models.", "sagemaker", "machine learning ml ai labelling labeling notebooks training jobs inference endpoints ground truth pipelines xgboost", "Machine learning"],
  ["S3", "Keeps files, called objects, in buckets.", "s3", "storage files objects buckets data upload download", "Storage"],
  ["IAM", "Users, roles and policies: who may do what.", "iam", "identity access users roles policies permissions accessdenied simulator trust", "Security and identity"],
  ["STS", "Hands out credentials for a while. Here it is behind the account menu.", null, "assume role sessions", "Security and identity"],
  ["CloudWatch", "Logs, metrics and alarms. Here: the logs.", "logs", "logs monitoring log groups streams errors output", "Management"],
  ["Service Quotas", "How much of everything you may use, and how to ask for more.", "quotas", "limits resourcelimitexceeded increase quota instances", "Management"],
  ["CloudTrail", "Who called what, and what was refused.", "trail", "events audit history refused accessdenied why", "Management"],
  ["Billing and Cost Management", "The bill, budgets, and what still costs money.", "billing", "money cost bill budget price free tier spend invoice cost explorer clean up", "Cost"],
  ["AWS Price List", "Prices as data. Here they are list-like practice prices.", "billing/prices", "prices pricing hour instance", "Cost"],
];
export const here = HERE.map(([name, what, page, words, group]) => ({ name, what, page, words, group, here: true }));

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

const entryOf = ({ name, what, page, words = "", here: isHere }) => ({ title: name, what, page, text: `${name} ${what} ${words}`.toLowerCase(), here: isHere, rank: page ? 0 : isHere ? 1 : 2 });
const entries = here.map(entryOf);
for (const [service, { title, nav }] of Object.entries(PAGES))
  for (const [page, name, , words = ""] of nav) entries.push({ title: name, what: title, page: `${service}/${page}`, text: `${name} ${title} ${words}`.toLowerCase(), here: true, rank: 0.5 });

// All groups of services, [{title, services}]; from then on the search finds them too.
let all = null;
export const groups = async () => {
  if (!all) {
    const { CATALOG } = await import("./catalog.js");
    all ||= CATALOG.map(([title, rows]) => ({ title, services: [...here.filter((service) => service.group === title), ...rows.map(([name, what]) => ({ name, what, here: false }))] }));
    entries.push(...all.flatMap(({ services }) => services.filter((service) => !service.here)).map(entryOf));
  }
  return all;
};

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
