using Countersign.Bench.Guard;
using Countersign.Carriers;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Codes;

namespace Countersign.Bench.Timing;

/// <summary>Calls within this process: what compares codes, credentials and signatures, without a network's noise around it.</summary>
sealed class Calls
{
    // Of each case so many inputs, made by turns: two single strings would differ in where they lie.
    const int Kept = 256;
    const string Address = "https://verify.example.com/callbacks/acme/ACbe0c0000000000000000000000000002/status", Payment = "EUR 10\0Acme";

    readonly Rng _rng;
    readonly CodeVault _codes;
    readonly Authenticate _authenticate;

    public Calls(IServiceProvider services, Rng rng)
    {
        _rng = rng;
        _codes = services.GetRequiredService<CodeVault>();
        _authenticate = services.GetRequiredService<Authenticate>();
    }

    /// <summary>All pairs; the control first.</summary>
    public IEnumerable<Pair> Pairs(Sid account, string token, Sid key, string secret)
    {
        yield return Of("control: letter by letter, wrong in the first / last of 32", true, _ => SomeDigits() + new string('x', 26), (right, typed) => Naive(right, typed));

        yield return Code("code: wrong in the first / last digit", isCustom: false, "");
        yield return Code("code bound to a payment: wrong in the first / last digit", isCustom: false, Payment);
        yield return Code("custom code, fixed code of a test number: wrong in the first / last", isCustom: true, Payment);

        yield return Of("Auth Token: wrong in the first / last letter", false, _ => token, (_, typed) => Refused(account.ToString(), typed));
        yield return Of("secret of a key: wrong in the first / last letter", false, _ => secret, (_, typed) => Refused(key.ToString(), typed));
        yield return Users("account: unknown / wrong Auth Token", "AC", account, token + "x");
        yield return Users("key: unknown / wrong secret", "SK", key, secret + "x");
        yield return Of(
            "signature of a callback: wrong in the first / last letter", false,
            _ => TwilioSignature.Sign(token, Address, []), (_, typed) => TwilioSignature.IsValid(token, typed, Address, []));
    }

    /// <summary>A secret, wrong in its first letter or in its last.</summary>
    static Pair<(string Right, string Typed)> Of(string name, bool isControl, Func<int, string> right, Action<string, string> compare)
    {
        var inputs = Enumerable.Range(0, Kept).Select(index => right(index)).Select(text => (Right: text, First: Wrong(text, 0), Last: Wrong(text, text.Length - 1))).ToArray();
        return new Pair<(string Right, string Typed)>(
            name,
            isControl,
            (sample, isFirst) =>
            {
                var (text, first, last) = inputs[sample % Kept];
                return (text, isFirst ? first : last);
            },
            input => compare(input.Right, input.Typed));
    }

    Pair<(CodeSeed Seed, string Typed)> Code(string name, bool isCustom, string binding)
    {
        var inputs = Enumerable.Range(0, Kept).Select(_ =>
        {
            var seed = _codes.NewSeed(6);
            var code = isCustom ? SomeDigits() : _codes.Derive(seed, binding).Reveal();
            return (Seed: isCustom ? seed with { CustomHash = _codes.HashCustom(seed, code, binding) } : seed, First: Wrong(code, 0), Last: Wrong(code, 5));
        }).ToArray();
        return new Pair<(CodeSeed Seed, string Typed)>(
            name,
            false,
            (sample, isFirst) =>
            {
                var (seed, first, last) = inputs[sample % Kept];
                return (seed, isFirst ? first : last);
            },
            input => _codes.Matches(input.Seed, input.Typed, binding));
    }

    Pair<string> Users(string name, string prefix, Sid known, string wrong)
    {
        var users = Enumerable.Range(0, Kept).Select(_ => (Unknown: Sid.NewRandom(prefix, RandomSource.System).ToString(), Known: known.ToString())).ToArray();
        return new Pair<string>(name, false, (sample, isFirst) => isFirst ? users[sample % Kept].Unknown : users[sample % Kept].Known, user => Refused(user, wrong));
    }

    void Refused(string user, string secret)
    {
        // Both stores have accounts in memory: nothing is waited for.
        var asked = _authenticate.RunAsync(user, secret, CancellationToken.None).AsTask();
        if (!asked.IsCompletedSuccessfully || asked.Result is not null)
        {
            throw new BenchException("Wrong credentials were not refused at once.");
        }
    }

    string SomeDigits() => _rng.Below(1_000_000).ToString("D6", null);

    /// <summary>What nobody may do.</summary>
    static bool Naive(string right, string typed)
    {
        for (var i = 0; i < right.Length; i++)
        {
            if (right[i] != typed[i])
            {
                return false;
            }
        }

        return true;
    }

    static string Wrong(string right, int at) => right[..at] + (right[at] == '1' ? '2' : '1') + right[(at + 1)..];
}
