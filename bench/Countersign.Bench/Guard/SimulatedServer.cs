using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Countersign.Bench.Routing;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Privacy;
using Countersign.Server.Hosting;

namespace Countersign.Bench.Guard;

/// <summary>
/// The whole server with its embedded store, on a port of loopback, by a clock that the simulation sets. Messages go to the virtual phones. Its requests are sent one at a time, by one thread.
/// </summary>
sealed class SimulatedServer : IDisposable
{
    const string Account = "AC51a00000000000000000000000000001", Secret = "not-a-real-token-of-anybody";

    static readonly Sid AccountSid = Sid.Parse(Account, "AC");
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly SimulatedClock _clock;
    readonly DirectoryInfo _home;
    readonly WebApplication _app;
    readonly HttpClient _http;
    readonly VirtualPhones _phones;

    SimulatedServer(SimulatedClock clock, DirectoryInfo home, WebApplication app)
    {
        (_clock, _home, _app) = (clock, home, app);
        _phones = app.Services.GetRequiredService<VirtualPhones>();
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.First()) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Account}:{Secret}")));
    }

    public const string Service = "VA51a00000000000000000000000000001";

    /// <summary>Requests that were sent.</summary>
    public long Requests { get; private set; }

    /// <summary>What its numbers are found by, for who is to judge as it does.</summary>
    public DestinationIndex Index => _app.Services.GetRequiredService<DestinationIndex>();

    /// <summary>Its keys, for the same.</summary>
    public KeyRing Ring => _app.Services.GetRequiredService<KeyRing>();

    /// <summary>One with an account and a service, as shipped but for the level.</summary>
    public static Task<SimulatedServer> StartAsync(FraudLevel level) => StartAsync(level, null, null);

    /// <summary>
    /// One whose service enforces its risk with the thresholds as they come, with the devices' database of addresses, if they have one. It has the seed's key ring, on which all of Guard's chance hangs but how
    /// often a number of a challenge is tried.
    /// </summary>
    public static Task<SimulatedServer> StartChallengingAsync(FraudLevel level, Devices devices, ulong seed) => StartAsync(level, devices, new SeededSource(seed));

    static async Task<SimulatedServer> StartAsync(FraudLevel level, Devices? devices, SeededSource? keys)
    {
        var clock = new SimulatedClock();
        // In memory where the machine has such a file system: it is the server that is of interest here, and not the disk.
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var home = Directory.CreateDirectory(Path.Combine(parent, $"countersign-guard-{Guid.NewGuid():N}"));
        if (keys is not null)
            KeyRingFile.LoadOrCreate(Path.Combine(home.FullName, "keyring.json"), keys, clock);
        var app = CountersignHost.Build(
            [
                "--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", home.FullName, "--Countersign:Bootstrap:AccountSid", Account, "--Countersign:Bootstrap:AuthToken", Secret,
                "--Countersign:Bootstrap:ServiceSid", Service, "--Countersign:Sandbox:Capacity", "10000", "--Logging:LogLevel:Default", "Error",
            ],
            services =>
            {
                services.AddSingleton<TimeProvider>(clock);
                services.AddSingleton(new FraudOptions { JudgesFictional = true });
                // In the place of files, which would have to be written before anybody has come from anywhere.
                if (devices is { HasPlaces: true })
                    services.AddSingleton<IGeoSource>(devices.Places);
            });
        await CountersignHost.StartAsync(app);
        var server = new SimulatedServer(clock, home, app);
        server.Admin(HttpMethod.Post, $"/admin/v1/services/{Service}/fraud-guard", $$"""{"level":"{{level.ToString().ToLowerInvariant()}}"}""");
        if (devices is not null)
            server.Admin(HttpMethod.Post, $"/admin/v1/services/{Service}/risk", """{"mode":"enforce"}""");
        return server;
    }

    /// <summary>The moment of everything that follows, in seconds since the beginning.</summary>
    public void SetTime(double seconds) => _clock.Seconds = Math.Max(_clock.Seconds, seconds);

    /// <summary>Starts a verification, with what the application tells of the device, and with the solution of a challenge that an earlier start was answered with.</summary>
    public Reply Start(string to, IPAddress? device, Device? told = null, string? solution = null, Channel? by = null) => Post(
        "Verifications",
        ("To", to),
        ("Channel", by is Channel.WhatsApp ? "whatsapp" : "sms"),
        ("DeviceIp", device?.ToString()),
        ("DeviceUserAgent", told?.Agent),
        ("DeviceFingerprint", told?.Fingerprint),
        ("AccountCreatedAt", told?.AccountSince is { } since ? SimulatedClock.Start.AddSeconds(since).ToString("O", CultureInfo.InvariantCulture) : null),
        ("PreviousNumber", told?.PreviousNumber),
        ("Challenge", solution));

    public Reply Check(string to, string code, IPAddress? device) => Post("VerificationCheck", ("To", to), ("Code", code), ("DeviceIp", device?.ToString()));

    /// <summary>The code of a verification, as its phone has it. It is waited for, since messages go out a moment after the answer.</summary>
    public string CodeOf(string to, string verification)
    {
        var sid = Sid.Parse(verification, "VE");
        for (var until = DateTime.UtcNow + Patience; ; Thread.Sleep(1))
        {
            foreach (var message in _phones.Read(AccountSid, to, 10))
            {
                if (message.VerificationSid == sid)
                    return message.Code.Reveal();
            }

            if (DateTime.UtcNow > until)
                throw new BenchException("A message did not arrive.");
        }
    }

    /// <summary>Whether Fraud Guard would refuse; null where there is no such number.</summary>
    public bool? WouldRefuse(string to, IPAddress? device)
    {
        var path = $"/admin/v1/services/{Service}/fraud-guard/score?to={Uri.EscapeDataString(to)}" + (device is null ? "" : $"&device_ip={Uri.EscapeDataString(device.ToString())}");
        if (Admin(HttpMethod.Get, path, null) is not { } score)
            return null;
        using var document = JsonDocument.Parse(score);
        return document.RootElement.GetProperty("score").GetDouble() >= document.RootElement.GetProperty("threshold").GetDouble();
    }

    public void Dispose()
    {
        _http.Dispose();
        _app.StopAsync().GetAwaiter().GetResult();
        _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _home.Delete(recursive: true);
    }

    Reply Post(string resource, params ReadOnlySpan<(string Name, string? Value)> form)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in form)
        {
            if (value is not null)
                pairs.Add(new(name, value));
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/Services/{Service}/{resource}") { Content = new FormUrlEncodedContent(pairs) };
        using var response = _http.Send(request);
        Requests++;
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return Reply.Read((int)response.StatusCode, reader.ReadToEnd());
    }

    /// <summary>Null where a number is none.</summary>
    string? Admin(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = _http.Send(request);
        Requests++;
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var text = reader.ReadToEnd();
        return response.IsSuccessStatusCode ? text : response.StatusCode == HttpStatusCode.BadRequest ? null : throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"{path.Split('?')[0]} answered {(int)response.StatusCode}."));
    }
}

/// <summary>What the server answered to a start or a check.</summary>
/// <param name="Status">HTTP.</param>
/// <param name="Reason"><c>details.reason</c> of an error; else the verification's status.</param>
/// <param name="RetryAfter">Seconds; 0 where it says nothing.</param>
/// <param name="Sid">The verification's; null of an error.</param>
sealed record Reply(int Status, string Reason, double RetryAfter, string? Sid = null)
{
    /// <summary>The error's own code; 0 where it is none.</summary>
    public int Code { get; init; }

    /// <summary>What is to be solved first, as an application finds it in an error that its SDK throws; null where nothing is.</summary>
    public OfferedChallenge? Challenge { get; init; }

    /// <summary>What raised the doubt: <c>details.cause</c> and <c>details.reasons</c>.</summary>
    public string Doubt { get; init; } = "";

    /// <summary>What an accepted start scored, with its reasons: <c>countersign.risk</c>; empty where it was not judged.</summary>
    public string Risk { get; init; } = "";

    /// <summary>Why a solution did not count: <c>details.problem</c>.</summary>
    public string? Problem { get; init; }

    public bool IsSuccess => Status is 200 or 201;

    public static Reply Read(int status, string body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (!root.TryGetProperty("details", out var details))
        {
            return new Reply(status, root.TryGetProperty("status", out var state) ? state.ToString() : "none", 0, root.TryGetProperty("sid", out var sid) ? sid.GetString() : null)
            {
                Risk = root.TryGetProperty("countersign", out var more) && more.TryGetProperty("risk", out var risk) && risk.ValueKind == JsonValueKind.Object
                    ? ChallengedPolicy.TextOf(risk.GetProperty("score").GetInt32(), WordsOf(risk, "reasons"))
                    : "",
            };
        }

        var reply = new Reply(status, Text(details, "reason") ?? "none", details.TryGetProperty("retry_after", out var after) ? after.GetDouble() : 0) { Code = root.GetProperty("code").GetInt32() };
        // As docs/guard-challenge.md has applications tell it from other errors.
        return reply is { Code: 60410, Reason: "challenge_required" }
            ? reply with { Challenge = ChallengeOf(details.GetProperty("challenge")), Doubt = $"{Text(details, "cause")} {string.Join('+', WordsOf(details, "reasons"))}", Problem = Text(details, "problem") }
            : reply;
    }

    static OfferedChallenge ChallengeOf(JsonElement challenge) =>
        new(Text(challenge, "algorithm")!, Text(challenge, "challenge")!, challenge.GetProperty("maxnumber").GetInt32(), Text(challenge, "salt")!, Text(challenge, "signature")!);

    static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    static IEnumerable<string> WordsOf(JsonElement of, string name) => of.TryGetProperty(name, out var words) ? words.EnumerateArray().Select(static word => word.GetString()!) : [];
}
