using Countersign.Bench.Guard;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Timing;

/// <summary>Requests to a server of its own, over loopback: the nearest that an outsider can ever come.</summary>
sealed class Requests(ServerProcess server, HttpClient http, Asker asker, Rng rng, CancellationToken ct)
{
    const string NoAccount = "ACbe0c00000000000000000000000000ff", NoKey = "SKbe0c00000000000000000000000000ff", NoService = "VAbe0c00000000000000000000000000ff";
    const int GuessesEach = 4, Unauthorized = 401, NotFound = 404;
    const string CheckForm = "To=%2B14155550100&Code=000000";

    /// <summary>All pairs; the control first.</summary>
    public async Task<IReadOnlyList<Pair>> PairsAsync(int samples)
    {
        var made = await http.GetStringAsync("/bench/identities", ct);
        var (other, key) = (made.Split(' ')[0], made.Split(' ')[1]);
        var token = $"{ServerProcess.AccountSid}:{ServerProcess.Secret}";
        const string pending = "+14155550123", unseen = "+14155550177";
        await StartAsync(pending);
        return
        [
            Of("control: 5 µs more / not", true, 200, Request("/bench/spin/5", token), Request("/bench/spin/0", token)),
            Of("account: unknown / wrong Auth Token", false, Unauthorized, Request("/v2/Services", $"{NoAccount}:{ServerProcess.Secret}x"), Request("/v2/Services", token + "x")),
            Of("key: unknown / wrong secret", false, Unauthorized, Request("/v2/Services", $"{NoKey}:{new string('0', 32)}"), Request("/v2/Services", $"{key}:{new string('0', 32)}")),
            Of("Auth Token: wrong in the first / last letter", false, Unauthorized, Request("/v2/Services", $"{ServerProcess.AccountSid}:x{ServerProcess.Secret[1..]}"), Request("/v2/Services", token[..^1] + "x")),
            Of("wrong credentials, a number: pending / never seen", false, Unauthorized, Fetches(pending, NoAccount + ":x"), Fetches(unseen, NoAccount + ":x")),
            Of("another account, a service: another's / of nobody", false, NotFound, Request(Path(ServerProcess.ServiceSid), other, CheckForm), Request(Path(NoService), other, CheckForm)),
            Of("another account, a number: pending / never seen", false, NotFound, Checks(pending, other), Checks(unseen, other)),
            .. await GuessesAsync(samples, token),
        ];
    }

    Pair<byte[]> Of(string name, bool isControl, int expected, byte[] first, byte[] second) =>
        new Pair<byte[]>(name, isControl, (_, isFirst) => isFirst ? first : second, request => asker.Ask(request, expected));

    byte[] Request(string path, string credentials, string form = "") => new RequestTemplate(server.Address.ToString(), path, credentials, form).Copy();

    byte[] Fetches(string number, string credentials) => Request($"/v2/Services/{ServerProcess.ServiceSid}/Verifications/{number}", credentials, "Status=canceled");

    byte[] Checks(string number, string credentials) => Request(Path(ServerProcess.ServiceSid), credentials, $"To=%2B{number[1..]}&Code=000000");

    static string Path(string service) => $"/v2/Services/{service}/VerificationCheck";

    async Task StartAsync(string number)
    {
        using var form = new FormUrlEncodedContent([new("To", number), new("Channel", "sms")]);
        using var answer = await http.PostAsync($"/v2/Services/{ServerProcess.ServiceSid}/Verifications", form, ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw new BenchException($"A start was answered {(int)answer.StatusCode}.");
        }
    }

    /// <summary>Wrong guesses of as many verifications as it takes, four each, so that all stay pending and answer alike. Each is kept before it is answered, so the disk is in the time.</summary>
    async Task<IReadOnlyList<Pair>> GuessesAsync(int samples, string token)
    {
        var wanted = (samples * 11 / 10 / GuessesEach) + 1;
        var numbers = new Numbers(new Random(rng.Below(int.MaxValue)));
        await ServerState.SetAsync(http, ServerProcess.AdminPath + "/fraud-guard", """{"level":"off"}""", ct);
        for (var i = 0; i < wanted; i++)
        {
            await StartAsync($"+1{numbers.Next()}");
        }

        await ServerState.WaitForOutboxAsync(http, ct);

        var codes = (await http.GetStringAsync($"/bench/codes/{wanted}", ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        var requests = codes.Select(sent => (First: Guess(sent[0], Flip(sent[1][0]) + sent[1][1..]), Last: Guess(sent[0], sent[1][..^1] + Flip(sent[1][^1])))).ToArray();
        return
        [
            new Pair<byte[]>(
                "code: wrong in the first / last digit", false, (sample, isFirst) => isFirst ? requests[sample / GuessesEach].First : requests[sample / GuessesEach].Last,
                request => asker.Ask(request, 200)),
        ];

        byte[] Guess(string number, string code) => Request(Path(ServerProcess.ServiceSid), token, $"To=%2B{number[1..]}&Code={code}");

        static char Flip(char digit) => digit == '1' ? '2' : '1';
    }
}
