// The lost project: where a list is empty, is it that the things are in another
// region? Asked gently, behind the empty state; the account menu turns it off.
import { h } from "./ui.js";
import { REGIONS, regionTitle } from "./services.js";

const inWords = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0]);

// find() -> [{region, name}] of all regions but may hold this one too.
export const elsewhere = (ctx, one, find, ...at) => {
  const place = h("div", { class: "elsewhere", hidden: true });
  if (!ctx.hints) return place;
  find().then((rows) => {
    const regions = new Map();
    for (const { region, name } of rows) if (region !== ctx.region) regions.set(region, [...(regions.get(region) || []), name]);
    if (!regions.size) return;
    place.replaceChildren(h("p", {}, h("strong", {}, "Lost something? "), `There ${[...regions.values()].flat().length === 1 ? `is ${/^[aeiou]/.test(one) ? "an" : "a"} ${one}` : `are ${one}s`} in ${regions.size === 1 ? "another region" : "other regions"}.`),
      ...[...regions].map(([region, names]) => h("p", {}, h("a", { href: `#/${[region, ...at].map(encodeURIComponent).join("/")}` }, `${regionTitle(region)} (${region})`), `: ${inWords(names.slice(0, 3))}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`)));
    place.hidden = false;
  }, () => { /* what may not be seen is not told of */ });
  return place;
};

// One call a region, a few names each.
export const inRegions = (ask) => async () => (await Promise.all(REGIONS.map(([region]) => ask(region).then((names) => names.map((name) => ({ region, name })), () => [])))).flat();
