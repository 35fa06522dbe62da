using Countersign.Core.Numbers;

namespace Countersign.Bench.Guard;

/// <summary>
/// The server, with all that stands in the way of a start: validation, limits, Fraud Guard, waits after wrong guesses; and where its service enforces its risk, challenges, which are solved by trying. Work
/// takes no time of the simulation.
/// </summary>
sealed class HttpPolicy(SimulatedServer server) : Policy, IDisposable
{
    // The newest verification of each number.
    readonly Dictionary<string, string> _sent = [];

    public SimulatedServer Server => server;

    /// <summary>What the server refused, by <c>details.reason</c>: starts, and right codes under a name that says so.</summary>
    public Dictionary<string, int> Reasons { get; } = [];

    /// <summary>The last start was refused by Guard for what it thinks of it (60410), and not by a limit or the store.</summary>
    public bool WasJudged { get; private set; }

    /// <summary>What the last start scored that was sent.</summary>
    public string Risk { get; private set; } = "";

    public override bool Refuses(Visitor visitor, double now)
    {
        server.SetTime(now);
        visitor = AsSent(visitor);
        Challenged = null;
        var reply = server.Start(visitor.Number, visitor.StartsAt, visitor.Device, by: visitor.Again?.By);
        if (reply.Challenge is { } challenge)
            reply = Answer(visitor, challenge, reply);
        WasImpossible = reply is { Status: 400, Reason: "not_assigned" or "too_short" or "too_long" or "unknown_calling_code" or "national_prefix" };
        WasJudged = reply.Code == 60410;
        if (!reply.IsSuccess && !WasImpossible && reply.Status is not (403 or 429))
            throw new BenchException($"A start was answered {reply.Status} {reply.Reason}.");
        if (reply.IsSuccess)
        {
            (_sent[visitor.Number], Risk) = (reply.Sid!, reply.Risk);
            return false;
        }

        Reason = reply.Reason;
        Count(reply.Reason);
        // A number that cannot be one is nobody's, and whoever typed it sees why at once.
        return true;
    }

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        server.SetTime(now);
        visitor = AsSent(visitor);
        var reply = server.Check(visitor.Number, server.CodeOf(visitor.Number, _sent[visitor.Number]), visitor.TypesAt);
        if (reply is { IsSuccess: true, Reason: "approved" })
            return true;
        Count($"code not taken ({reply.Reason})");
        return false;
    }

    public override void Guess(Visitor visitor, double now)
    {
        server.SetTime(now);
        visitor = AsSent(visitor);
        var right = server.CodeOf(visitor.Number, _sent[visitor.Number]);
        for (var i = 0; i < 5; i++)
            server.Check(visitor.Number, Wrong(right, i), visitor.Network);
    }

    public override bool? WouldRefuse(Visitor visitor, double now)
    {
        server.SetTime(now);
        return server.WouldRefuse(Valid(visitor.Number), visitor.Network);
    }

    public void Dispose() => server.Dispose();

    /// <summary>A guess that is wrong for certain.</summary>
    public static string Wrong(string right, int guess) => string.Create(right.Length, (right, guess), static (text, from) =>
    {
        from.right.CopyTo(text);
        text[from.guess % text.Length] = (char)('0' + ((text[from.guess % text.Length] - '0' + 1 + (from.guess / text.Length)) % 10));
    });

    /// <summary>
    /// The visitor with the numbers that a server takes. A previous number that cannot be one is left out: an application has it from an earlier verification.
    /// </summary>
    public static Visitor AsSent(Visitor visitor)
    {
        visitor = visitor with { Number = Valid(visitor.Number) };
        if (visitor.Device?.PreviousNumber is not { } drawn)
            return visitor;
        var before = Valid(drawn);
        return visitor with { Device = visitor.Device with { PreviousNumber = PhoneNumber.TryParse(before, out _, out _) ? before : null } };
    }

    void Count(string reason) => Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;

    /// <summary>What comes of a start that is asked to show work: the same start again with the solution, or nothing.</summary>
    Reply Answer(Visitor visitor, OfferedChallenge challenge, Reply asked)
    {
        var level = ChallengedPolicy.LevelOf(challenge.MaxNumber);
        Challenged = new Asked(level, 0, IsDone: false, asked.Doubt);
        if (visitor.Device!.MostLevel < level)
            return asked;
        var number = AltchaSolver.Solve(challenge);
        Challenged = Challenged with { Tries = number + 1, IsDone = true };
        var reply = server.Start(visitor.Number, visitor.StartsAt, visitor.Device, AltchaSolver.PayloadOf(challenge, number));
        return reply.Challenge is null ? reply : throw new BenchException($"A solution did not count: {reply.Problem}.");
    }

    /// <summary>The simulator's numbers of North America may have an exchange that there is not, 0xx or 1xx: theirs is 8xx or 9xx here.</summary>
    static string Valid(string number) =>
        number.StartsWith("+1", StringComparison.Ordinal) && number.Length == 12 && number[5] is '0' or '1' ? $"{number[..5]}{(char)(number[5] + 8)}{number[6..]}" : number;
}
