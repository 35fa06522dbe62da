using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Factors;

/// <summary>
/// A phone with the app on it, which signs as the SDKs for Twilio Verify Push do: a token for each request (their AuthenticationProvider), the factor's SID to verify it, and the members of a
/// challenge that a header names, with the status, to answer it (their PushChallengeProcessor).
/// </summary>
sealed class Device(RunningServer server, string identity) : IDisposable
{
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string PublicKey => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    public string Path => $"{RunningServer.ServicePath}/Entities/{identity}";

    public string Sid { get; private set; } = "";

    public string Credential { get; private set; } = "";

    public string PushToken { get; } = server.Secret("push-token-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));

    public string FactorPath => $"{Path}/Factors/{Sid}";

    /// <summary>What a factor of this phone is made with.</summary>
    public (string Name, string Value)[] Fields(string platform = "fcm") =>
    [
        ("FriendlyName", "Owl's phone"), ("FactorType", "push"), ("Binding.Alg", "ES256"), ("Binding.PublicKey", PublicKey), ("Config.AppId", "com.example.owl"),
        ("Config.NotificationPlatform", platform), ("Config.SdkVersion", "3.0"), .. platform == "none" ? [] : new[] { ("Config.NotificationToken", PushToken) },
    ];

    public async Task<Answer> CreateAsync(ApiClient? by = null, string platform = "fcm")
    {
        var made = await (by ?? server.Api).PostAsync(Path + "/Factors", Fields(platform));
        if (made.Status == 201)
            (Sid, Credential) = (made.Text("sid")!, made.Text("config.credential_sid")!);
        return made;
    }

    /// <summary>Makes and verifies the factor with the account's credentials.</summary>
    public async Task<Device> EnrolledAsync(string platform = "fcm")
    {
        (await CreateAsync(platform: platform)).AssertStatus(201);
        Assert.Equal("verified", (await server.Api.PostAsync(FactorPath, ("AuthPayload", Proof()))).AssertStatus(200).Text("status"));
        return this;
    }

    /// <summary>The signature of the factor's SID.</summary>
    public string Proof(string? of = null) => Convert.ToBase64String(_key.SignData(Encoding.ASCII.GetBytes(of ?? Sid), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <summary>Calls with a token that the phone signs for itself.</summary>
    public ApiClient Api(Action<JsonObject>? changeHeader = null, Action<JsonObject>? changePayload = null)
    {
        var now = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["cty"] = "twilio-pba;v=1", ["kid"] = Credential, ["typ"] = "JWT", ["alg"] = "ES256" };
        var payload = new JsonObject { ["sub"] = RunningServer.AccountSid, ["exp"] = now + 600, ["nbf"] = now };
        changeHeader?.Invoke(header);
        changePayload?.Invoke(payload);
        return server.Client("token", Sign(header, payload));
    }

    /// <summary>The phone's answer to a challenge that it read.</summary>
    public string Answer(Answer challenge, string status, Action<JsonObject>? change = null)
    {
        var payload = new JsonObject();
        foreach (var name in challenge.Headers["Twilio-Verify-Signature-Fields"].Split(','))
            payload[name] = JsonNode.Parse(challenge.At(name).GetRawText());
        payload["status"] = status;
        change?.Invoke(payload);
        return Sign(new JsonObject { ["typ"] = "JWT", ["alg"] = "ES256" }, payload);
    }

    public string Sign(JsonObject header, JsonObject payload)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public void Dispose() => _key.Dispose();

    // Slashes as the SDK for iOS escapes them: what is signed is compared as JSON and not as text.
    static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString(new JsonSerializerOptions()).Replace("/", "\\/", StringComparison.Ordinal)));
}
