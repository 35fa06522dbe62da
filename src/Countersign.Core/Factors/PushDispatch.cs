using Countersign.Core.Accounts;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Factors;

/// <summary>
/// Hands push messages over beside the requests that ask for them. A bounded number is under way, each for a bounded time; what is one too many is dropped and logged, since a push
/// message is a hint: the app finds the challenge when it is opened.
/// </summary>
public sealed partial class PushDispatch(IPushSender sender, TimeProvider time, ILogger<PushDispatch> logger)
{
    /// <summary>Messages under way at most.</summary>
    public const int MostUnderWay = 256;

    /// <summary>Of those, of one account: whoever sets up a platform that does not answer holds up nobody else.</summary>
    public const int MostOfAccount = 64;

    /// <summary>How long a platform may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly AccountShares _shares = new();
    int _underWay;

    /// <summary>Starts sending a message about a challenge, where its factor has somebody who carries it.</summary>
    public void Send(Factor factor, Challenge challenge, Sid notification, TimeSpan ttl)
    {
        if (factor.Push is not { Token: { } token, Platform: not PushPlatform.None } push || challenge.Details is not { } details)
        {
            return;
        }

        if (Interlocked.Increment(ref _underWay) > MostUnderWay | _shares.Begin(factor.AccountSid) > MostOfAccount)
        {
            End(factor.AccountSid);
            LogDropped(notification, challenge.Sid, factor.Sid, push.Platform);
            return;
        }

        _ = SendAsync(new PushMessage
        {
            AccountSid = factor.AccountSid,
            ServiceSid = factor.ServiceSid,
            FactorSid = factor.Sid,
            ChallengeSid = challenge.Sid,
            NotificationSid = notification,
            Platform = push.Platform,
            Token = token,
            AppId = push.AppId,
            Text = details.Message,
            Ttl = ttl,
        });
    }

    async Task SendAsync(PushMessage message)
    {
        await Task.Yield();
        try
        {
            using var patience = new CancellationTokenSource(Patience, time);
            var result = await sender.SendAsync(message, patience.Token);
            if (result.Outcome != PushOutcome.Accepted)
            {
                LogNotSent(message.NotificationSid, message.ChallengeSid, message.FactorSid, message.Platform, result.Outcome.ToString(), result.Status, result.Code);
            }
        }
        catch (Exception problem)
        {
            // Nobody waits for this task: whatever it was must end here. Its words may quote what was sent.
            LogNotSent(message.NotificationSid, message.ChallengeSid, message.FactorSid, message.Platform, problem.GetType().Name, 0, "-");
        }
        finally
        {
            End(message.AccountSid);
        }
    }

    void End(Sid account)
    {
        Interlocked.Decrement(ref _underWay);
        _shares.End(account);
    }

    [LoggerMessage(6201, LogLevel.Warning, "The push message {Notification} about {Challenge} to {Factor} by {Platform} was not sent: {Outcome} ({Status} {Code})")]
    partial void LogNotSent(Sid notification, Sid challenge, Sid factor, PushPlatform platform, string outcome, int status, string code);

    [LoggerMessage(6202, LogLevel.Warning, "The push message {Notification} about {Challenge} to {Factor} by {Platform} was dropped: too many are under way")]
    partial void LogDropped(Sid notification, Sid challenge, Sid factor, PushPlatform platform);
}
