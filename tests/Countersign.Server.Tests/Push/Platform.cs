using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Push;

/// <summary>
/// Google and Apple on loopback, over real HTTP: tokens and messages of the one over HTTP/1.1, messages of the other over HTTP/2 without TLS, and nothing else is spoken on that port.
/// Whoever asks must have signed with the keys made here.
/// </summary>
sealed class Platform : IAsyncDisposable
{
    public const string AllowLoopback = "127.0.0.0/8";
    readonly WebApplication _app;
    readonly Channel<Sent> _sent = Channel.CreateUnbounded<Sent>();
    int _tokens;

    Platform(WebApplication app) => _app = app;

    public RSA GoogleKey { get; } = RSA.Create(2048);

    public ECDsa AppleKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Google => _app.Urls.First();

    public string Apple => _app.Urls.Last();

    /// <summary>Access tokens that were given.</summary>
    public int Tokens => Volatile.Read(ref _tokens);

    /// <summary>What tokens are answered with instead.</summary>
    public (int Status, string Body)? TokenAnswer { get; set; }

    /// <summary>What messages are answered with.</summary>
    public (int Status, string Body) Answer { get; set; } = (200, "{}");

    /// <summary>Whether messages are left without an answer.</summary>
    public bool Silent { get; set; }

    public static async Task<Platform> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var platform = new Platform(builder.Build());
        platform._app.Run(platform.AnswerAsync);
        await platform._app.StartAsync();
        return platform;
    }

    /// <summary>A server that may speak to this one.</summary>
    public static Task<RunningServer> ServerAsync() => RunningServer.StartAsync(["--Countersign:Webhooks:AllowedNetworks:0", AllowLoopback]);

    /// <summary>What the admin API is sent for a credential of Google's.</summary>
    public string Fcm(string? key = null) => JsonSerializer.Serialize(new
    {
        type = "fcm",
        friendly_name = "Owl",
        host = Google,
        service_account = new
        {
            type = "service_account",
            project_id = "owl-1",
            private_key_id = "0a1b2c",
            private_key = key ?? GoogleKey.ExportPkcs8PrivateKeyPem(),
            client_email = "push@owl-1.iam.example.com",
            token_uri = Google + "/token",
        },
    });

    /// <summary>What the admin API is sent for a credential of Apple's.</summary>
    public string Apn(string? key = null) => JsonSerializer.Serialize(new
    {
        type = "apn",
        host = Apple,
        sandbox = true,
        key = new { team_id = "OWLTEAM001", key_id = "OWLKEY0001", bundle_id = "com.example.owl", private_key = key ?? AppleKey.ExportPkcs8PrivateKeyPem() },
    });

    public Task<Sent> NextAsync() => _sent.Reader.ReadAsync().AsTask().WaitAsync(RunningServer.Patience);

    public async ValueTask DisposeAsync()
    {
        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await _app.StopAsync(now.Token);
        }

        await _app.DisposeAsync();
        GoogleKey.Dispose();
        AppleKey.Dispose();
    }

    /// <summary>The header and claims of a token that this key signed.</summary>
    public static (JsonElement Header, JsonElement Claims) Read(string jwt, Func<byte[], byte[], bool> verify)
    {
        var parts = jwt.Split('.');
        Assert.True(verify(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2])), "The signature is wrong.");
        return (JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement, JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement);
    }

    async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/token")
        {
            var form = await context.Request.ReadFormAsync();
            await _sent.Writer.WriteAsync(new Sent(context.Request.Path, context.Request.Protocol, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()), form["grant_type"] + " " + form["assertion"]));
            var (status, body) = TokenAnswer ?? (200, $$"""{"access_token":"ya29.access-{{Interlocked.Increment(ref _tokens)}}","expires_in":3599,"token_type":"Bearer"}""");
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var sent = new Sent(
            context.Request.Path, context.Request.Protocol, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
        await _sent.Writer.WriteAsync(sent);
        if (Silent)
        {
            var gone = new TaskCompletionSource();
            await using var registration = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return;
        }

        context.Response.StatusCode = Answer.Status;
        await context.Response.WriteAsync(Answer.Body);
    }
}

/// <summary>One request as it came.</summary>
sealed record Sent(string Path, string Protocol, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The token of the Authorization header.</summary>
    public string Bearer => Headers["Authorization"] is var header && header.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase) ? header["bearer ".Length..] : "";
}
