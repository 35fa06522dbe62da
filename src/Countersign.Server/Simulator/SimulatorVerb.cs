using Countersign.Core;
using Countersign.Server.Hosting;
using Countersign.Server.Simulator.Smsc;

namespace Countersign.Server.Simulator;

/// <summary><c>countersign simulator</c>: a carrier that is not there, for tests over real sockets.</summary>
static class SimulatorVerb
{
    public static string Help { get; } = $$"""
        usage: {{ProgramName.Short}} simulator [options]

        A carrier that sends nothing: it speaks Twilio's Messages and Calls with signed status callbacks, and SMPP 3.4 as a message centre, and misbehaves as it is told.
        Point a carrier of a running Countersign at it, or anything else that sends messages. What it took is at / and GET /messages (with the account's SID and token).

        options
          --urls http://127.0.0.1:9090   where HTTP listens
          --smpp 127.0.0.1:2775          where SMPP listens; left out, it does not
          --account AC…                  the account's SID
          --token …                      its token, 8 characters or more, made up when left out; the first 8 are the SMPP password, with any system_id
          --rules file.json              rules by prefix, as PUT /rules takes them
          --magic +467017406             numbers with two more digits provoke the error of that number, by receipt (repeatable); --magic-refused: at once
          --loss 0.1  --latency 200-1500  --receipts none|failures|all  --receipt-delay 2000  --refusal throttled:0.2  --undelivered unreachable:0.1
          --filter casino,lottery  --rate 10
                                         a rule for every number that has none of its own

        Numbers of fiction never reach a carrier: a Countersign sends here for others only. Magic numbers, rules and examples: docs/simulator.md
        """;

    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        if (SimulatorOptions.Read(args, time.GetUtcNow(), RandomSource.System, out var problem) is not { } options)
        {
            await Console.Error.WriteLineAsync($"{problem}\n\n{Help}");
            return 1;
        }

        var problems = new List<string>();
        ListenAddresses.Check(options.Urls, problems);
        if (problems.Count > 0)
        {
            throw new StartException(string.Join('\n', problems));
        }

        await using var app = SimulatorHost.Build(options);
        try
        {
            await app.StartAsync();
            app.Services.GetRequiredService<StartPhase>().End();
        }
        catch (Exception failure) when (ListenAddresses.Explain(failure, options.Urls) is { } explanation)
        {
            throw new StartException(explanation);
        }

        Console.WriteLine(Banner(options, app.Urls.First().TrimEnd('/'), app.Services.GetService<SmscServer>()?.Address));
        await app.WaitForShutdownAsync();
        return 0;
    }

    internal static string Banner(SimulatorOptions options, string address, System.Net.IPEndPoint? smpp)
    {
        var credentials = $"{options.Account}:{options.Token}";
        var text = $$$"""

              The carrier simulator is ready at {{{address}}}

              Account SID   {{{options.Account}}}
              Token         {{{options.Token}}}
              Messages      curl -u {{{credentials}}} {{{address}}}/messages

              Point a Countersign at it ($ACCOUNT_SID and $AUTH_TOKEN are the Countersign's own; for status callbacks start it with --Countersign:PublicUrl http://localhost:8080):

                curl -u $ACCOUNT_SID:$AUTH_TOKEN -X PUT http://localhost:8080/admin/v1/carriers/simulated -H 'Content-Type: application/json' -d '{"kind":"twilio","settings":{"account_sid":"{{{options.Account}}}","auth_token":"{{{options.Token}}}","from":"+14155550199","base_url":"{{{address}}}"}}'

            """;
        return smpp is null ? text : text + $$$"""

              Over SMPP at {{{smpp}}}, as any system_id:

                curl -u $ACCOUNT_SID:$AUTH_TOKEN -X PUT http://localhost:8080/admin/v1/carriers/smsc -H 'Content-Type: application/json' -d '{"kind":"smpp","settings":{"host":"{{{smpp.Address}}}","port":{{{smpp.Port}}},"system_id":"countersign","password":"{{{options.SmppPassword}}}"}}'

            """;
    }
}
