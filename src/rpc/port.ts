/** Calls and streams over a MessagePort or a Worker: a fixed table of handlers on one side, a client on the other. The file to import from. */
export {connect} from "./connect.ts";
export type {CallOptions, Client, Connection} from "./connect.ts";
export {Transfer} from "./endpoint.ts";
export type {Endpoint, Handler, Handlers} from "./endpoint.ts";
export {frameLimits, Guard} from "./guard.ts";
export type {Limits} from "./guard.ts";
export {serve} from "./serve.ts";
export {serveWorker, superviseWorker} from "./worker.ts";
export type {WorkerConnection} from "./worker.ts";
