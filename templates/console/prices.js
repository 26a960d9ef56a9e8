// Practice prices, from the price list as every client reads it. Asked once a page.
import { json } from "./api.js";

const known = new Map();

export const products = (service, filters, max = 100) => {
  const key = JSON.stringify([service, filters]);
  if (!known.has(key)) known.set(key, (async () => {
    const rows = [];
    for (let token; ;) {
      const got = await json("pricing", "GetProducts", { ServiceCode: service, FormatVersion: "aws_v1", MaxResults: 100, Filters: Object.entries(filters).map(([Field, Value]) => ({ Type: "TERM_MATCH", Field, Value })), ...(token ? { NextToken: token } : {}) });
      rows.push(...got.PriceList.map((text) => JSON.parse(text)));
      token = got.NextToken;
      if (!token || rows.length >= max) return rows;
    }
  })().catch((error) => { known.delete(key); throw error; }));
  return known.get(key);
};

export const dollarsOf = (product) => {
  const [term] = Object.values(product.terms.OnDemand), [price] = Object.values(term.priceDimensions);
  return { dollars: Number(price.pricePerUnit.USD), unit: price.unit, what: price.description };
};

// What a machine costs an hour for a use: "Train", "Host", "Notebk", ...; null where it has no price.
export const hourly = async (region, type, use) => {
  const found = (await products("AmazonSageMaker", { regionCode: region, instanceName: type }).then((rows) => (rows.length ? rows : products("AmazonSageMaker", { regionCode: region, instanceType: type })))).find((product) => (product.product.attributes.usagetype || "").includes(`${use}:`));
  return found ? dollarsOf(found).dollars : null;
};
