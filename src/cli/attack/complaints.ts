/** What is wrong with what became of a hostile file; nothing, where it was read rightly or refused in a good sentence. */
import type {HostileCase} from "./hostile-case.ts";
import type {HostileResult} from "./readers.ts";
import {faultsOf} from "./sentence.ts";

export interface Outcome extends Omit<HostileResult, "outcome"> {
  case: Omit<HostileCase, "bytes">;
  outcome: HostileResult["outcome"] | "hung" | "died";
}

export function complaintsAbout({case: {name, kind, expected, members}, outcome, sentence, said, members: found}: Outcome): string[] {
  if (outcome === "hung" || outcome === "died") return [`${name} ${outcome}`];
  const names = [name, ...(kind === "model" ? ["hostile"] : [])];
  const complaints = [
    ...(expected !== "either" && expected !== outcome ? [`${name} was ${outcome}, expected ${expected}${sentence ? `: ${sentence}` : ""}`] : []),
    ...[...(sentence === undefined ? [] : [sentence]), ...said].flatMap((line) => faultsOf(line, names).map((fault) => `${name} ${fault}: ${line}`)),
    ...(members ?? []).filter((member) => outcome === "read" && !found?.includes(member)).map((member) => `${name} lost ${member}, and told ${JSON.stringify(said)}`)
  ];
  return complaints.map((complaint) => complaint.slice(0, 400));
}
