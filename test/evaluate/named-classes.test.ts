import {expect, test} from "vitest";
import {namedClasses} from "../../src/evaluate/named-classes.ts";

const words = {automobile: ["car", "automobile"], dog: ["dog", "puppy"], ship: ["ship", "boat"]};

test("a picture has the class that enough of its captions name, in the singular or plural, and no other", () => {
  const captions = [
    ["Two DOGS run.", "A puppy, and its ball.", "A dog barks"], // dog
    ["A dog in a boat.", "A dog.", "A dog."], // two classes
    ["A car.", "A street.", "A street."], // too few
    ["A carpet.", "A hotdog.", "A warship."], // words that hold others
    ["Boats", "a ship", "the boat's sail"] // ship
  ];
  expect([...namedClasses({captions, words})]).toEqual([1, -1, -1, -1, 2]);
  expect([...namedClasses({captions, words, atLeast: 1})]).toEqual([1, -1, 0, -1, 2]);
});

test("refuses a class without words, and a word of two classes", () => {
  expect(() => namedClasses({captions: [], words: {dog: []}})).toThrow('words: the class "dog" has none');
  expect(() => namedClasses({captions: [], words: {car: ["van"], truck: ["van"]}})).toThrow('words: "van" stands for both "car" and "truck"');
});
