/** The process that reads hostile files for its parent, which watches it: it may hang, or be killed for what it eats. */
import "@tensorflow/tfjs-backend-cpu";
import {decodeInNode} from "../../data/node/decode.ts";
import type {HostileCase} from "./hostile-case.ts";
import {readHostile} from "./readers.ts";

process.on("message", (one: HostileCase) => void readHostile(one, decodeInNode).then((result) => process.send!(result)));
process.send!("ready");
