using System.Security.Cryptography;
using System.Text;
using Countersign.Server.Simulator.Twilio;

namespace Countersign.Server.Simulator;

/// <summary>Nothing is answered without the account's SID and token: what it shows are codes. A refusal is Twilio's.</summary>
sealed class SimulatorGate(RequestDelegate next, SimulatorOptions options)
{
    readonly byte[] _right = SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Account}:{options.Token}"));

    public async Task InvokeAsync(HttpContext context)
    {
        if (IsRight(context.Request.Headers.Authorization))
        {
            await next(context);
            if (context.Response is { StatusCode: 404, HasStarted: false, ContentType: null })
            {
                await new TwilioProblem(404, 20404, $"The requested resource {context.Request.Path} was not found").ExecuteAsync(context);
            }

            return;
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Twilio API\"";
        await new TwilioProblem(401, 20003, "Authenticate").ExecuteAsync(context);
    }

    bool IsRight(string? header)
    {
        const string scheme = "Basic ";
        if (header is null || !header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var bytes = new byte[header.Length];
        return Convert.TryFromBase64Chars(header.AsSpan(scheme.Length).Trim(), bytes, out var written)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(bytes.AsSpan(0, written)), _right);
    }
}
