/** Says what is on a postcard in many ways: a small grammar with synonyms, correct in number and article. Knows nothing of pixels. */
import type {Random} from "../../tensor/random.ts";
import type {Card, ColourName, PlaceName, SubjectName, TimeName} from "./factors.ts";

interface Noun {
  /** The usual word first; others are drawn more rarely. */
  words: [singular: string, plural: string][];
  /** What one does, what several do. */
  verbs: [singular: string, plural: string][];
}

const nouns: Record<SubjectName, Noun> = {
  dog: {words: [["dog", "dogs"], ["puppy", "puppies"]], verbs: [["waits", "wait"], ["stands", "stand"]]},
  cat: {words: [["cat", "cats"], ["kitten", "kittens"]], verbs: [["sits", "sit"], ["rests", "rest"]]},
  bird: {words: [["bird", "birds"]], verbs: [["flies", "fly"], ["sings", "sing"]]},
  fish: {words: [["fish", "fish"]], verbs: [["shows up", "show up"], ["passes by", "pass by"]]},
  boat: {words: [["boat", "boats"], ["sailboat", "sailboats"]], verbs: [["rests", "rest"], ["waits", "wait"]]},
  car: {words: [["car", "cars"]], verbs: [["is parked", "are parked"], ["stops", "stop"]]},
  house: {words: [["house", "houses"], ["cottage", "cottages"]], verbs: [["stands", "stand"]]},
  tree: {words: [["tree", "trees"]], verbs: [["grows", "grow"], ["stands", "stand"]]},
  flower: {words: [["flower", "flowers"], ["blossom", "blossoms"]], verbs: [["grows", "grow"], ["blooms", "bloom"]]},
  kite: {words: [["kite", "kites"]], verbs: [["flies", "fly"], ["floats", "float"]]},
  balloon: {words: [["balloon", "balloons"]], verbs: [["floats", "float"], ["drifts", "drift"]]},
  rocket: {words: [["rocket", "rockets"], ["spaceship", "spaceships"]], verbs: [["takes off", "take off"], ["flies", "fly"]]}
};

const adjectives: Record<ColourName, string[]> = {
  red: ["red", "scarlet"],
  yellow: ["yellow", "golden"],
  green: ["green", "emerald"],
  blue: ["blue"],
  purple: ["purple", "violet"],
  pink: ["pink", "rosy"],
  brown: ["brown"],
  white: ["white"]
};

const whereabouts: Record<PlaceName, {phrases: string[]; noun: string}> = {
  meadow: {phrases: ["in the meadow", "on the green grass", "in a grassy field"], noun: "a meadow"},
  beach: {phrases: ["on the beach", "on the sandy shore", "by the palm tree"], noun: "a beach"},
  city: {phrases: ["in the city", "in front of tall buildings", "on a city street"], noun: "a city"},
  mountains: {phrases: ["in the mountains", "below the high peaks", "near the mountains"], noun: "the mountains"},
  forest: {phrases: ["in the forest", "in the woods", "among the pines"], noun: "a forest"},
  desert: {phrases: ["in the desert", "among the dunes", "next to a cactus"], noun: "a desert"},
  sea: {phrases: ["at sea", "on the ocean", "over the blue waves"], noun: "the sea"},
  snow: {phrases: ["in the snow", "on a snowy plain", "in the snow"], noun: "a snowy plain"}
};

const times: Record<TimeName, string[]> = {
  day: ["by day", "in the sunshine", "on a sunny day", "in the daytime"],
  night: ["at night", "in the moonlight", "under the stars", "after dark"]
};

const numbers: Record<1 | 2 | 3, string[]> = {1: ["a", "one", "a single"], 2: ["two", "a pair of"], 3: ["three", "a trio of"]};

/** The phrases a caption is put together from; a left-out factor is an empty string. */
interface Phrases {
  /** "two red kites". */
  what: string;
  /** "fly", "is parked". */
  does: string;
  /** "on the beach". */
  where: string;
  /** "at night". */
  when: string;
  /** "a beach". */
  scene: string;
  /** "is" or "are". */
  be: string;
}

const templates: ((p: Phrases) => string)[] = [
  (p) => join(p.what, p.where, p.when),
  (p) => join(p.what, p.does, p.where, p.when),
  (p) => (p.when ? `${p.when}, ${join(p.what, p.does, p.where)}` : join(p.what, p.where)),
  (p) => join("there", p.be, p.what, p.where, p.when),
  (p) => join("a postcard of", p.what, p.where, p.when),
  (p) => (p.where ? join(p.scene, p.when, "with", p.what) : join(p.what, p.does, p.when)),
  (p) => `look, ${join(p.what, p.where, p.when)}`,
  (p) => (p.when ? `${join(p.what, p.where)}, ${p.when}` : join(p.what, p.does, p.where))
];

type Told = "colour" | "place" | "time";

/**
 * What a caption may leave out, so that captions vary as people's do: some tell all, some forget one thing, and some say only what is
 * to be seen ("Two red kites."), for which subject and colour have to do.
 */
const omissions: readonly (readonly Told[])[] = [[], [], [], ["time"], ["place"], ["colour"], ["place", "time"], ["place", "time"]];

/** `count` captions of a card, all different. The subject and how many there are is always said. */
export function captionsOf(card: Card, random: Random, count = 5): string[] {
  const captions = new Set<string>();
  // The grammar has hundreds of sentences for each card; the first five templates and omissions differ by design.
  const order = random.shuffle(templates);
  const left = random.shuffle(omissions);
  for (let i = 0; captions.size < count; i++) {
    captions.add(sentence(order[i % order.length](phrasesOf(card, left[i % left.length], random))));
  }
  return [...captions];
}

function phrasesOf(card: Card, omit: readonly Told[], random: Random): Phrases {
  /** The first, usual wording half of the time. */
  const pick = <T>(wordings: readonly T[]): T => (random() < 0.5 ? wordings[0] : wordings[random.integer(wordings.length)]);
  const form = card.count === 1 ? 0 : 1;
  const noun = nouns[card.subject];
  const number = pick(numbers[card.count]);
  const words = join(omit.includes("colour") ? "" : pick(adjectives[card.colour]), pick(noun.words)[form]);
  const groups = number.startsWith("a ") && card.count > 1;
  return {
    what: number === "a" ? `${articleOf(words)} ${words}` : `${number} ${words}`,
    does: pick(noun.verbs)[form],
    where: omit.includes("place") ? "" : pick(whereabouts[card.place].phrases),
    when: omit.includes("time") ? "" : pick(times[card.time]),
    scene: omit.includes("place") ? "" : whereabouts[card.place].noun,
    be: card.count === 1 || groups ? "is" : "are"
  };
}

const articleOf = (words: string) => (/^[aeiou]/.test(words) ? "an" : "a");
const join = (...phrases: string[]) => phrases.filter((phrase) => phrase !== "").join(" ");
const sentence = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}.`;
