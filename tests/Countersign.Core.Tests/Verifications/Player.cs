using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Verifications;

/// <summary>Plays moves through the use cases, and says each answer in the words of <see cref="ReferenceModel"/>.</summary>
sealed class Player
{
    static readonly PhoneNumber[] Phones = [Desk.Ann, Desk.Bob, PhoneNumber.Restore("+33639980123")];
    static readonly Sid Unknown = Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE");

    readonly List<Verification> _started = [];
    readonly Dictionary<Sid, string> _customCodes = [];
    readonly int?[] _newest = new int?[3];

    public async Task<string> PlayAsync(Desk desk, Move move)
    {
        desk.Time.Advance(TimeSpan.FromMilliseconds(Move.Moment));
        var phone = Phones[move.Phone];
        var sid = _started.Count == 0 ? Unknown : _started[move.Which % _started.Count].Sid;
        var status = move.Approve ? VerificationStatus.Approved : VerificationStatus.Canceled;
        switch (move.Kind)
        {
            case MoveKind.Start: return Answer(await desk.StartAsync(phone, move.Custom), move);
            case MoveKind.CheckByPhone: return Answer(await desk.CheckAsync(Code(desk, move, _newest[move.Phone]), phone));
            case MoveKind.CheckBySid: return Answer(await desk.CheckAsync(Code(desk, move, NumberOf(sid)), sid: sid));
            case MoveKind.CheckByBoth: return Answer(await desk.CheckAsync(Code(desk, move, NumberOf(sid)), phone, sid));
            case MoveKind.EndByPhone: return Answer(await desk.EndAsync(status, phone));
            case MoveKind.EndBySid: return Answer(await desk.EndAsync(status, sid: sid));
            case MoveKind.FetchByPhone: return Answer(await desk.FetchAsync(phone));
            case MoveKind.FetchBySid: return Answer(await desk.FetchAsync(sid: sid));
            case MoveKind.Wait: desk.Time.Advance(TimeSpan.FromMilliseconds(move.Milliseconds)); return "";
            default: return "";
        }
    }

    /// <summary>What is found of every phone and of every verification, in no time.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(Desk desk)
    {
        var found = new List<string>();
        foreach (var phone in Phones)
            found.Add(Answer(await desk.FetchAsync(phone)));
        foreach (var started in _started)
            found.Add(Answer(await desk.FetchAsync(sid: started.Sid)));
        return found;
    }

    /// <summary>After a start that got no answer: whether it made a verification all the same, which is then known.</summary>
    public async Task<bool> LearnAsync(Desk desk, Move move) =>
        await desk.FetchAsync(Phones[move.Phone]) is FetchVerificationResult.Found found && Learn(found.Verification, move);

    /// <summary>The verifications that are known, in the order they were started.</summary>
    public IEnumerable<Sid> Known => _started.Select(started => started.Sid);

    /// <summary>Another player that knows what this one does by now.</summary>
    public Player Copy()
    {
        var copy = new Player();
        copy._started.AddRange(_started);
        foreach (var (sid, code) in _customCodes)
            copy._customCodes.Add(sid, code);
        _newest.CopyTo(copy._newest, 0);
        return copy;
    }

    bool Learn(Verification verification, Move move)
    {
        if (NumberOf(verification.Sid) is not null)
            return false;

        _newest[move.Phone] = _started.Count;
        _started.Add(verification);
        if (move.Custom is not null)
            _customCodes[verification.Sid] = move.Custom;
        return true;
    }

    string Code(Desk desk, Move move, int? meant)
    {
        if (_started.Count == 0)
            return "0123456789";
        var source = _started[move.Typed == Typed.ThatOfAnother ? move.Other % _started.Count : meant ?? 0];
        var code = _customCodes.GetValueOrDefault(source.Sid) ?? desk.CodeOf(source);
        return move.Typed == Typed.AWrongOne ? Desk.WrongFor(code) : code;
    }

    string Answer(CreateVerificationResult result, Move move)
    {
        switch (result)
        {
            case CreateVerificationResult.Sent sent:
                Learn(sent.Verification, move);
                return $"sent {Describe(sent.Verification, sent.Now)}";
            case CreateVerificationResult.SendsExhausted refused: return $"sends exhausted {Math.Ceiling(refused.RetryIn.TotalSeconds)}";
            case CreateVerificationResult.ChecksExhausted refused: return $"checks exhausted {Math.Ceiling(refused.RetryIn.TotalSeconds)}";
            case CreateVerificationResult.OtherCodePending refused: return $"other code pending #{NumberOf(refused.Pending)}";
            default: return result.ToString();
        }
    }

    string Answer(CheckVerificationResult result) => result switch
    {
        CheckVerificationResult.Checked done => $"checked {Describe(done.Verification, done.Now)}",
        CheckVerificationResult.ChecksExhausted refused => $"checks exhausted {Math.Ceiling(refused.RetryIn.TotalSeconds)}",
        CheckVerificationResult.NotFound none => Missing(none.Reason),
        _ => result.ToString(),
    };

    string Answer(UpdateVerificationResult result) => result switch
    {
        UpdateVerificationResult.Updated done => $"ended {Describe(done.Verification, done.Now)}",
        UpdateVerificationResult.NotFound none => Missing(none.Reason),
        _ => result.ToString(),
    };

    string Answer(FetchVerificationResult result) => result switch
    {
        FetchVerificationResult.Found found => $"found {Describe(found.Verification, found.Now)}",
        FetchVerificationResult.NotFound none => Missing(none.Reason),
        _ => result.ToString(),
    };

    int? NumberOf(Sid sid) => _started.FindIndex(started => started.Sid == sid) is >= 0 and var number ? number : null;

    string Describe(Verification verification, DateTimeOffset now)
    {
        var next = NextSteps.At(verification, now, []);
        var status = NameOf(verification.StatusAt(now).ToString());
        return $"#{NumberOf(verification.Sid)} {status}, {verification.Attempts.Length} sends, {verification.Checks} checks, "
            + $"next send {next.NextSendSeconds}, next check {next.NextCheckSeconds?.ToString(null, null) ?? "never"}, expires {next.ExpiresSeconds}, "
            + $"left {next.SendsLeft} and {next.ChecksLeft}";
    }

    static string Missing(NotFoundReason reason) => $"not found: {NameOf(reason.ToString())}";

    static string NameOf(string member) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(member);
}
