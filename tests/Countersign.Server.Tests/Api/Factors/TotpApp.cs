using Countersign.Server.Tests.Running;
using OtpNet;

namespace Countersign.Server.Tests.Api.Factors;

/// <summary>An authenticator app with one secret.</summary>
sealed class TotpApp(RunningServer server, Answer made, int steps = 30, OtpHashMode mode = OtpHashMode.Sha1, int digits = 6)
{
    public string Sid => made.Text("sid")!;

    public string Path { get; } = new Uri(made.Text("url")!).AbsolutePath;

    public string Secret { get; } = server.Secret(made.Text("binding.secret")!);

    /// <summary>The code that the app shows, so many steps from now.</summary>
    public string Code(int ahead = 0) => new Totp(Base32Encoding.ToBytes(Secret), steps, mode, digits).ComputeTotp(server.Clock.GetUtcNow().UtcDateTime.AddSeconds(ahead * steps));

    /// <summary>A code that is none of those that are good now.</summary>
    public string Wrong()
    {
        for (var number = 0; ; number++)
        {
            var code = number.ToString(null, null).PadLeft(digits, '0');
            if (!Enumerable.Range(-3, 7).Any(ahead => Code(ahead) == code))
                return code;
        }
    }

    /// <summary>A person with an app.</summary>
    public static async Task<TotpApp> NewAsync(RunningServer server, string identity, params (string Name, string Value)[] fields)
    {
        var made = await server.Api.PostAsync($"{RunningServer.ServicePath}/Entities/{identity}/Factors", [("FriendlyName", "Owl's app"), ("FactorType", "totp"), .. fields]);
        int Config(string name) => made.AssertStatus(201).Number("config." + name);
        var mode = made.Text("config.alg") switch { "sha256" => OtpHashMode.Sha256, "sha512" => OtpHashMode.Sha512, _ => OtpHashMode.Sha1 };
        return new TotpApp(server, made, Config("time_step"), mode, Config("code_length"));
    }

    /// <summary>A person with an app whose factor is verified, and whose next code was not used yet.</summary>
    public static async Task<TotpApp> VerifiedAsync(RunningServer server, string identity, params (string Name, string Value)[] fields)
    {
        var app = await NewAsync(server, identity, fields);
        Assert.Equal("verified", (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code(-1)))).AssertStatus(200).Text("status"));
        return app;
    }
}
