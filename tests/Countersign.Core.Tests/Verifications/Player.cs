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
                if (NumberOf(sent.Verification.Sid) is null)
                {
                    _newest[move.Phone] = _started.Count;
                    _started.Add(sent.Verification);
                    if (move.Custom is not null)
                        _customCodes[sent.Verification.Sid] = move.Custom;
                }

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
