using Countersign.Core.Guard.Windows;

namespace Countersign.Core.Guard.Limits;

/// <summary>What a caller is told of a limit that was reached.</summary>
static class LimitRefusals
{
    /// <summary>A bucket of one of the service's own limits.</summary>
    public static GuardRefusal OfBucket(RateLimit limit, RateLimitBucket bucket, TimeSpan retryIn) => Limited(
        "rate_limit_reached", "One of the service's rate limits is reached for the value that was passed. Nothing was sent and nothing was counted.", retryIn) with
    {
        Facts = [new("rate_limit", limit.UniqueName), new("bucket", bucket.Sid.ToString())],
        Numbers = [new("max", bucket.Max), new("interval", bucket.IntervalSeconds)],
    };

    /// <summary>A name that the service has no limit of.</summary>
    public static GuardRefusal Unknown(string name) => new(
        GuardRefusalKind.UnknownRateLimit, "unknown_rate_limit", "The service has no rate limit of this name. Make it with POST to …/RateLimits, or leave it out.")
    {
        Facts = [new("rate_limit", name)],
    };

    /// <summary>A built-in limit.</summary>
    public static GuardRefusal Of(LimitKind kind, in WindowRule rule, TimeSpan retryIn, bool ofPlan = false)
    {
        var (reason, explanation) = kind switch
        {
            LimitKind.DestinationHour or LimitKind.DestinationDay when ofPlan =>
                ("destination_limit", "The mailbox of the fallback plan was sent as many codes as it may be in this time. Leave it out of the plan, or wait."),
            LimitKind.DestinationHour or LimitKind.DestinationDay =>
                ("destination_limit", "This destination was sent as many codes as it may be in this time. If codes do not arrive, find out why before you send more."),
            LimitKind.Cooldown => ("cooldown", "The last code was sent to this destination a moment ago, and the pause grows with each. Count down before you offer to send again."),
            LimitKind.ServiceSecond or LimitKind.ServiceMinute => ("service_limit", "The service starts as many verifications as it may in this time."),
            LimitKind.AccountSecond or LimitKind.AccountMinute => ("account_limit", "The account starts as many verifications as it may in this time."),
            LimitKind.Ip => ("ip_limit", "For the device's address (DeviceIp) as many codes were sent as may be in this time."),
            LimitKind.Network => ("network_limit", "For the network of the device's address (DeviceIp) as many codes were sent as may be in this time."),
            LimitKind.FetchMinute or LimitKind.FetchHour or LimitKind.FetchDay =>
                ("fetch_limit", "This verification was read as often as it may be in this time. The answer of a check says the status too."),
            _ => ("call_limit", "The account calls this resource too often."),
        };
        var refusal = Limited(reason, explanation, retryIn);
        return kind == LimitKind.Cooldown ? refusal : refusal with { Numbers = [new("max", rule.Max), new("interval", (int)rule.Interval.TotalSeconds)] };
    }

    static GuardRefusal Limited(string reason, string explanation, TimeSpan retryIn) => new(GuardRefusalKind.RateLimited, reason, explanation) { RetryIn = retryIn };
}
