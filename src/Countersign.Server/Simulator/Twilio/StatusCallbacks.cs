using System.Globalization;
using Countersign.Carriers;

namespace Countersign.Server.Simulator.Twilio;

/// <summary>
/// Calls back with what became of a message, signed as Twilio signs. One that is not answered with a 2xx is repeated a few times, later each time; then it is given up.
/// </summary>
sealed partial class StatusCallbacks(SimulatorOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<StatusCallbacks> logger) : IDisposable
{
    static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9)];

    /// <summary>As Twilio waits for an answer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly HttpClient _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Sends one callback; false when nobody took it.</summary>
    public async Task<bool> SendAsync(string url, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await TrySendAsync(url, fields))
            {
                return true;
            }

            if (attempt == Pauses.Length)
            {
                LogGivenUp(attempt + 1);
                return false;
            }

            await Task.Delay(Pauses[attempt], time, lifetime.ApplicationStopping);
        }
    }

    public void Dispose() => _client.Dispose();

    async Task<bool> TrySendAsync(string url, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, lifetime.ApplicationStopping);

        // Called exactly as it was given: the signature is made over it.
        var address = new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add(TwilioSignature.Header, TwilioSignature.Sign(options.Token, url, fields));
        request.Headers.Add("User-Agent", "TwilioProxy/1.1 (simulated)");
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return true;
            }

            LogRefused((int)response.StatusCode);
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            LogFailed(problem.GetType().Name);
        }

        return false;
    }

    /// <summary>The fields of a message's status.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> MessageFields(SimulatorMessage message, string account, string status, int? error, DateTimeOffset now)
    {
        var fields = new List<KeyValuePair<string, string>>
        {
            new("SmsSid", message.Sid),
            new("SmsStatus", status),
            new("MessageStatus", status),
            new("To", message.To),
            new("MessageSid", message.Sid),
            new("AccountSid", account),
            new("From", message.From),
            new("ApiVersion", TwilioApi.Version),
        };
        if (status is "delivered" or "undelivered")
        {
            fields.Add(new("RawDlrDoneDate", now.UtcDateTime.ToString("yyMMddHHmm", CultureInfo.InvariantCulture)));
        }

        if (error is { } code)
        {
            fields.Add(new("ErrorCode", code.ToString(CultureInfo.InvariantCulture)));
        }

        return fields;
    }

    [LoggerMessage(9301, LogLevel.Warning, "A status callback was answered with {Status}")]
    partial void LogRefused(int status);

    [LoggerMessage(9302, LogLevel.Warning, "A status callback could not be made: {Problem}")]
    partial void LogFailed(string problem);

    [LoggerMessage(9303, LogLevel.Error, "A status callback was given up after {Attempts} attempts")]
    partial void LogGivenUp(int attempts);
}
