using Countersign.Bench;
using Countersign.Bench.Endure;
using Countersign.Bench.Guard;
using Countersign.Bench.History;
using Countersign.Bench.Hot;
using Countersign.Bench.Retention;
using Countersign.Bench.Routing;
using Countersign.Bench.Servers;
using Countersign.Bench.Timing;

// A verb is one line here. Its Run gets the arguments after the verb and gives the exit code.
Verb[] verbs =
[
    new("hot", "start and check over HTTP on each store, against a bare endpoint in the same server; cold start and memory", HotVerb.RunAsync),
    new("guard", "Fraud Guard against pumped messages: seven kinds of attack on simulated towns; --cost measures time and memory", GuardVerb.RunAsync),
    new("history", "start and check on a store with millions of verifications, against an empty one", HistoryVerb.RunAsync),
    new("endure", "breaks nodes, stores, disks, clocks and carriers under load, and counts what was acknowledged against what is found", EndureVerb.RunAsync),
    new("retention", "how long starts wait while old history is removed beside them", RetentionVerb.RunAsync),
    new("routing", "adaptive routes against an oracle, fixed priority, weights and round-robin, in a simulation of two days", RoutingVerb.RunAsync),
    new("timing", "whether time tells what answers do not: wrong codes, wrong credentials, numbers with and without a verification", TimingVerb.RunAsync),
    new("serve", "the server that the others measure (they start it themselves)", ServeVerb.RunAsync),
];

return await Verb.RunAsync(verbs, args);
