using System.Security.Cryptography;
using System.Text;
using Countersign.Adapters.Tests.Carriers;
using Countersign.Carriers;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Delivery;

/// <summary>The real server with carriers that were set up by its admin API and are bare sockets on loopback.</summary>
sealed class Wired : IAsyncDisposable
{
    public const string PublicUrl = "https://verify.example.com";
    public const string TwilioAccount = "ACcccccccccccccccccccccccccccccccc";
    public const string TwilioToken = "not-a-real-auth-token";
    public const string WhatsAppSecret = "not-a-real-app-secret";

    static int _numbers = 604;

    readonly List<CarrierPeer> _peers = [];

    public RunningServer Server { get; private init; } = null!;

    public static async Task<Wired> StartAsync(Action<IServiceCollection>? replace = null, params string[] settings) =>
        new() { Server = await RunningServer.StartAsync(["--Countersign:PublicUrl", PublicUrl, .. settings], replace) };

    /// <summary>A number that this server takes for a real one; Sweden keeps it for fiction.</summary>
    public static string NewNumber() => $"+46701740{Interlocked.Increment(ref _numbers)}";

    /// <summary>A Twilio that answers so.</summary>
    public async Task<CarrierPeer> AddTwilioAsync(string name, params IEnumerable<string?> answers)
    {
        var peer = new CarrierPeer(answers);
        _peers.Add(peer);
        (await PutAsync(name, $$$"""
            {"kind":"twilio","settings":{"account_sid":"{{{TwilioAccount}}}","auth_token":"{{{TwilioToken}}}","from":"+14155550199","base_url":"{{{peer.Address}}}"}}
            """)).AssertStatus(201);
        return peer;
    }

    /// <summary>A WhatsApp Cloud API that takes every message.</summary>
    public async Task<CarrierPeer> AddWhatsAppAsync(string name)
    {
        var peer = new CarrierPeer(CarrierPeer.Json(200, """{"messages":[{"id":"wamid.X","message_status":"accepted"}]}"""));
        _peers.Add(peer);
        (await PutAsync(name, $$$"""
            {"kind":"whatsapp","settings":{"phone_number_id":"1","access_token":"not-a-real-token","template":"login_code","app_secret":"{{{WhatsAppSecret}}}","base_url":"{{{peer.Address}}}"}}
            """)).AssertStatus(201);
        return peer;
    }

    /// <summary>A webhook as Meta makes it.</summary>
    /// <param name="carrier">The carrier's name.</param>
    /// <param name="body">What is signed and sent.</param>
    /// <param name="from">Who a proxy says that it comes from; null for none.</param>
    public async Task<int> CallBackAsWhatsAppAsync(string carrier, string body, string? from = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, $"/callbacks/{carrier}/{RunningServer.AccountSid}")) { Content = new ByteArrayContent(bytes) };
        request.Headers.Add("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(WhatsAppSecret), bytes))}");
        if (from is not null)
        {
            request.Headers.Add("X-Forwarded-For", from);
        }

        using var response = await client.SendAsync(request);
        return (int)response.StatusCode;
    }

    public Task<Answer> PutAsync(string carrier, string json) => Server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/carriers/{carrier}", json);

    public static string Taken(int number) => CarrierPeer.Json(201, $$"""{"sid":"SM{{number:D32}}","status":"queued"}""");

    public static string Refused(int status, int code) => CarrierPeer.Json(status, $$"""{"code":{{code}},"message":"no","status":{{status}}}""");

    /// <summary>A status callback as Twilio makes it.</summary>
    public async Task<int> CallBackAsync(string carrier, string attempt, string body, string? signature = null, string account = RunningServer.AccountSid)
    {
        var path = $"/callbacks/{carrier}/{account}/status?attempt={attempt}";
        var form = body.Split('&').Select(field => field.Split('=')).Select(field => KeyValuePair.Create(field[0], field[1]));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        request.Headers.Add("X-Twilio-Signature", signature ?? TwilioSignature.Sign(TwilioToken, PublicUrl + path, form));
        using var response = await client.SendAsync(request);
        return (int)response.StatusCode;
    }

    public async Task<Answer> StartAsync(string to, string channel = "sms", params (string Name, string Value)[] more) =>
        (await Server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", [("To", to), ("Channel", channel), .. more])).AssertStatus(201);

    /// <summary>The attempt as the admin API tells it, once it is what the test waits for.</summary>
    public async Task<Answer> AttemptAsync(string sid, Func<Answer, bool>? until = null)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (waiting.Elapsed < RunningServer.Patience)
        {
            var answer = await Server.Api.GetAsync($"/admin/v1/attempts/{sid}");
            if (answer.Status == 200 && until?.Invoke(answer) != false)
            {
                return answer;
            }

            await Task.Yield();
        }

        throw new TimeoutException($"{sid} did not become what was waited for.");
    }

    public static string AttemptOf(Answer verification, int index = 0) =>
        verification.At("send_code_attempts").EnumerateArray().ElementAt(index).GetProperty("attempt_sid").GetString()!;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }
    }
}
