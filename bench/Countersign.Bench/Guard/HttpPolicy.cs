namespace Countersign.Bench.Guard;

/// <summary>The server, with all that stands in the way of a start: validation, limits, Fraud Guard, waits after wrong guesses.</summary>
sealed class HttpPolicy(SimulatedServer server) : Policy, IDisposable
{
    readonly HashSet<string> _impossible = [];

    /// <summary>What the server refused, by <c>details.reason</c>.</summary>
    public Dictionary<string, int> Reasons { get; } = [];

    public override bool Refuses(Visitor visitor, double now)
    {
        server.SetTime(now);
        var reply = server.Start(Valid(visitor.Number), visitor.Network);
        if (reply.IsSuccess)
            return false;
        Reasons[reply.Reason] = Reasons.GetValueOrDefault(reply.Reason) + 1;
        if (reply.Status != 400)
            return true;
        // A number that cannot be one is nobody's, and whoever typed it sees why at once: neither stopped nor refused, and nothing is sent.
        _impossible.Add(visitor.Number);
        return false;
    }

    public override void Typed(Visitor visitor, double sentAt, double now)
    {
        if (_impossible.Contains(visitor.Number))
            return;
        server.SetTime(now);
        var number = Valid(visitor.Number);
        server.Check(number, server.CodeOn(number, 1), visitor.Network);
    }

    public override void Guess(Visitor visitor, double now)
    {
        if (_impossible.Contains(visitor.Number))
            return;
        server.SetTime(now);
        var number = Valid(visitor.Number);
        var right = server.CodeOn(number, 1);
        for (var i = 0; i < 5; i++)
            server.Check(number, Wrong(right, i), visitor.Network);
    }

    public override bool WouldRefuse(Visitor visitor, double now)
    {
        if (_impossible.Contains(visitor.Number))
            return false;
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
