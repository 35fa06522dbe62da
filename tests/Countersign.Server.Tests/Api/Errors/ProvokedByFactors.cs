using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Errors;

/// <summary>As <see cref="Provoked"/>, with entities, factors, challenges and access tokens.</summary>
static class ProvokedByFactors
{
    const string Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Signature = "bm90IGEgc2lnbmF0dXJl";

    static int _people;

    public static IReadOnlyDictionary<int, Func<RunningServer, Task<Answer>>> ByCode { get; } = new Dictionary<int, Func<RunningServer, Task<Answer>>>
    {
        [60301] = server => TwiceAsync(() => server.Api.PostAsync(RunningServer.ServicePath + "/Entities", ("Identity", "somebody-twice"))),
        [60305] = server => server.Api.PostAsync(RunningServer.ServicePath + "/AccessTokens", ("Identity", "somebody-else"), ("FactorType", "magic"), ("FactorFriendlyName", "x")),
        [60307] = server => NotifyAsync(server, 1, "none"),
        [60308] = SixthCodeAsync,
        [60309] = server => NotifyAsync(server, 4, "fcm"),
        [60310] = SixthProofAsync,
        [60311] = async server => await server.Api.PostAsync((await PushAsync(server, verified: false)).Factor, ("AuthPayload", Signature)),
        [60312] = TooManyChallengesAsync,
        [60313] = TokenOfAnotherAsync,
        [60314] = async server => await server.Api.PostAsync(await PersonAsync(server) + "/Factors", [.. Push(null), ("Binding.PublicKey", "dGVzdF9rZXk=")]),
        [60315] = server => ManyAsync(server, 21, (person, _) => server.Api.PostAsync(person + "/Factors", NewPush())),
        [60317] = server => ManyAsync(server, 2, (person, _) => server.Api.PostAsync(person + "/Factors", Totp)),
        [60318] = async server => await ChallengeAsync(server, (await PushAsync(server, verified: false)).Factor),
        [60322] = AnsweredTwiceAsync,
        [60323] = ExpiredAsync,
        [60324] = PushAnswerAsync,
        [60326] = server => ManyAsync(server, 101, async (person, _) =>
        {
            var made = await server.Api.PostAsync(person + "/Factors", NewPush());
            if (made.Status == 201)
            {
                (await server.Api.DeleteAsync($"{person}/Factors/{made.Text("sid")}")).AssertStatus(204);
            }

            return made;
        }),
        [60369] = async server => await server.Api.PostAsync(await PersonAsync(server) + "/Factors", ("FriendlyName", "x"), ("FactorType", "magic")),
    };

    static (string Name, string Value)[] Totp => [("FriendlyName", "app"), ("FactorType", "totp"), ("Binding.Secret", Secret)];

    static (string Name, string Value)[] Push(string? platform) =>
    [
        ("FriendlyName", "phone"), ("FactorType", "push"), ("Binding.Alg", "ES256"), ("Config.AppId", "com.example.app"), ("Config.NotificationPlatform", platform ?? "none"),
        .. platform is null or "none" ? ((string, string)[])[] : [("Config.NotificationToken", new string('t', 40))],
    ];

    static (string Name, string Value)[] NewPush(ECDsa? key = null, string? platform = null)
    {
        using var made = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        return [.. Push(platform), ("Binding.PublicKey", Convert.ToBase64String((key ?? made!).ExportSubjectPublicKeyInfo()))];
    }

    static async Task<string> PersonAsync(RunningServer server)
    {
        var identity = string.Create(CultureInfo.InvariantCulture, $"person-{Interlocked.Increment(ref _people):D4}");
        (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities", ("Identity", identity))).AssertStatus(201);
        return $"{RunningServer.ServicePath}/Entities/{identity}";
    }

    static async Task<(string Person, string Factor)> PushAsync(RunningServer server, bool verified = true, string platform = "none")
    {
        var person = await PersonAsync(server);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var sid = (await server.Api.PostAsync(person + "/Factors", NewPush(key, platform))).AssertStatus(201).Text("sid")!;
        var factor = $"{person}/Factors/{sid}";
        if (verified)
        {
            var proof = key.SignData(Encoding.ASCII.GetBytes(sid), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            Assert.Equal("verified", (await server.Api.PostAsync(factor, ("AuthPayload", Convert.ToBase64String(proof)))).AssertStatus(200).Text("status"));
        }

        return (person, factor);
    }

    static async Task<string> TotpAsync(RunningServer server)
    {
        var person = await PersonAsync(server);
        var sid = (await server.Api.PostAsync(person + "/Factors", Totp)).AssertStatus(201).Text("sid")!;
        Assert.Equal("verified", (await server.Api.PostAsync($"{person}/Factors/{sid}", ("AuthPayload", Code(server)))).AssertStatus(200).Text("status"));
        return $"{person}/Factors/{sid}";
    }

    /// <summary>The code of this moment, and by how many steps later. The secret is that of RFC 6238's own examples.</summary>
    static string Code(RunningServer server, int later = 0)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, server.Clock.GetUtcNow().ToUnixTimeSeconds() / 30 + later);
#pragma warning disable CA5350 // HMAC-SHA1 is what TOTP is made of.
        var hash = HMACSHA1.HashData("12345678901234567890"u8, counter);
#pragma warning restore CA5350
        var value = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (value % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    static string Wrong(RunningServer server) => ((int.Parse(Code(server, 5), CultureInfo.InvariantCulture) + 1) % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);

    static Task<Answer> ChallengeAsync(RunningServer server, string factor, params (string Name, string Value)[] more) =>
        server.Api.PostAsync(factor[..factor.IndexOf("/Factors/", StringComparison.Ordinal)] + "/Challenges", [("FactorSid", factor.Split('/')[^1]), ("Details.Message", "Is it you?"), .. more]);

    static async Task<string> NewChallengeAsync(RunningServer server, string factor, params (string Name, string Value)[] more) =>
        $"{factor[..factor.IndexOf("/Factors/", StringComparison.Ordinal)]}/Challenges/{(await ChallengeAsync(server, factor, more)).AssertStatus(201).Text("sid")}";

    static async Task<Answer> TwiceAsync(Func<Task<Answer>> send)
    {
        (await send()).AssertStatus(201);
        return await send();
    }

    static async Task<Answer> ManyAsync(RunningServer server, int count, Func<string, int, Task<Answer>> send)
    {
        var person = await PersonAsync(server);
        for (var i = 1; i < count; i++)
        {
            (await send(person, i)).AssertStatus(201);
        }

        return await send(person, count);
    }

    static async Task<Answer> NotifyAsync(RunningServer server, int times, string platform)
    {
        var challenge = await NewChallengeAsync(server, (await PushAsync(server, platform: platform)).Factor);
        for (var i = 1; i < times; i++)
        {
            (await server.Api.PostAsync(challenge + "/Notifications")).AssertStatus(201);
        }

        return await server.Api.PostAsync(challenge + "/Notifications");
    }

    static async Task<Answer> SixthCodeAsync(RunningServer server)
    {
        var challenge = await NewChallengeAsync(server, await TotpAsync(server));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("pending", (await server.Api.PostAsync(challenge, ("AuthPayload", Wrong(server)))).AssertStatus(200).Text("status"));
        }

        return await server.Api.PostAsync(challenge, ("AuthPayload", Wrong(server)));
    }

    static async Task<Answer> SixthProofAsync(RunningServer server)
    {
        var person = await PersonAsync(server);
        var factor = $"{person}/Factors/{(await server.Api.PostAsync(person + "/Factors", Totp)).AssertStatus(201).Text("sid")}";
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("unverified", (await server.Api.PostAsync(factor, ("AuthPayload", Wrong(server)))).AssertStatus(200).Text("status"));
        }

        return await server.Api.PostAsync(factor, ("AuthPayload", Code(server)));
    }

    static async Task<Answer> TooManyChallengesAsync(RunningServer server)
    {
        var (_, factor) = await PushAsync(server);
        for (var i = 0; i < 50; i++)
        {
            (await ChallengeAsync(server, factor)).AssertStatus(201);
        }

        return await ChallengeAsync(server, factor);
    }

    static async Task<Answer> TokenOfAnotherAsync(RunningServer server)
    {
        var (one, other) = (await PersonAsync(server), await PersonAsync(server));
        var token = (await server.Api.PostAsync(
            RunningServer.ServicePath + "/AccessTokens", ("Identity", one.Split('/')[^1]), ("FactorType", "push"), ("FactorFriendlyName", "phone"))).AssertStatus(201).Text("token")!;
        return await server.Client("token", server.Secret(token)).PostAsync(other + "/Factors", NewPush());
    }

    static async Task<Answer> AnsweredTwiceAsync(RunningServer server)
    {
        var challenge = await NewChallengeAsync(server, await TotpAsync(server), ("AuthPayload", Code(server, 1)));
        return await server.Api.PostAsync(challenge, ("AuthPayload", Code(server, 1)));
    }

    static async Task<Answer> ExpiredAsync(RunningServer _)
    {
        await using var own = await RunningServer.StartAsync([]);
        var challenge = await NewChallengeAsync(own, await TotpAsync(own));
        own.Clock.Advance(TimeSpan.FromMinutes(6));
        return await own.Api.PostAsync(challenge, ("AuthPayload", Code(own)));
    }

    static async Task<Answer> PushAnswerAsync(RunningServer server) =>
        await server.Api.PostAsync(await NewChallengeAsync(server, (await PushAsync(server)).Factor), ("AuthPayload", Signature));
}
