namespace Countersign.Bench.Guard;

/// <summary>The server, with all that stands in the way of a start: validation, limits, Fraud Guard, waits after wrong guesses.</summary>
sealed class HttpPolicy(SimulatedServer server) : Policy, IDisposable
{
    // The newest verification of each number.
    readonly Dictionary<string, string> _sent = [];

    /// <summary>What the server refused, by <c>details.reason</c>.</summary>
    public Dictionary<string, int> Reasons { get; } = [];

    public override bool Refuses(Visitor visitor, double now)
    {
        server.SetTime(now);
        var reply = server.Start(Valid(visitor.Number), visitor.Network);
        WasImpossible = reply is { Status: 400, Reason: "not_assigned" or "too_short" or "too_long" or "unknown_calling_code" or "national_prefix" };
        if (!reply.IsSuccess && !WasImpossible && reply.Status is not (403 or 429))
            throw new BenchException($"A start was answered {reply.Status} {reply.Reason}.");
        if (reply.IsSuccess)
        {
            _sent[visitor.Number] = reply.Sid!;
            return false;
        }

        Reason = reply.Reason;
        Reasons[reply.Reason] = Reasons.GetValueOrDefault(reply.Reason) + 1;
        // A number that cannot be one is nobody's, and whoever typed it sees why at once.
        return true;
    }

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        server.SetTime(now);
        var number = Valid(visitor.Number);
        return server.Check(number, server.CodeOf(number, _sent[visitor.Number]), visitor.Network) is { IsSuccess: true, Reason: "approved" };
    }

    public override void Guess(Visitor visitor, double now)
    {
        server.SetTime(now);
        var number = Valid(visitor.Number);
        var right = server.CodeOf(number, _sent[visitor.Number]);
        for (var i = 0; i < 5; i++)
            server.Check(number, Wrong(right, i), visitor.Network);
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

    /// <summary>The simulator's numbers of North America may have an exchange that there is not, 0xx or 1xx: theirs is 8xx or 9xx here.</summary>
    static string Valid(string number) =>
        number.StartsWith("+1", StringComparison.Ordinal) && number.Length == 12 && number[5] is '0' or '1' ? $"{number[..5]}{(char)(number[5] + 8)}{number[6..]}" : number;
}
