using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Limits;

namespace Countersign.Server.Api;

/// <summary>One rate limit.</summary>
sealed class RateLimitAnswer(int status, RateLimit limit, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => RateLimitJson.Write(json, limit, address);
}

/// <summary>A page of rate limits.</summary>
sealed class RateLimitListAnswer(Page<RateLimit> page, ListQuery list, Sid service, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();

        // Twilio writes the meta first here, and last in the list of buckets.
        list.WriteMeta(json, $"{address}/v2/Services/{service}/RateLimits", "rate_limits", page);
        json.WriteStartArray("rate_limits"u8);
        foreach (var limit in page.Items)
        {
            RateLimitJson.Write(json, limit, address);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>One bucket.</summary>
sealed class BucketAnswer(int status, RateLimit limit, RateLimitBucket bucket, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => RateLimitJson.Write(json, limit, bucket, address);
}

/// <summary>A page of buckets.</summary>
sealed class BucketListAnswer(Page<RateLimitBucket> page, ListQuery list, RateLimit limit, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("buckets"u8);
        foreach (var bucket in page.Items)
        {
            RateLimitJson.Write(json, limit, bucket, address);
        }

        json.WriteEndArray();
        list.WriteMeta(json, RateLimitJson.UrlOf(limit, address) + "/Buckets", "buckets", page);
        json.WriteEndObject();
    }
}

/// <summary>Rate limits and buckets as Twilio writes them.</summary>
static class RateLimitJson
{
    public static string UrlOf(RateLimit limit, string address) => $"{address}/v2/Services/{limit.ServiceSid}/RateLimits/{limit.Sid}";

    public static void Write(Utf8JsonWriter json, RateLimit limit, string address)
    {
        var url = UrlOf(limit, address);
        json.WriteStartObject();
        json.WriteString("sid"u8, limit.Sid.ToString());
        json.WriteString("service_sid"u8, limit.ServiceSid.ToString());
        json.WriteString("account_sid"u8, limit.AccountSid.ToString());
        json.WriteString("unique_name"u8, limit.UniqueName);
        json.WriteString("description"u8, limit.Description);
        json.WriteString("date_created"u8, VerificationJson.Date(limit.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(limit.UpdatedAt));
        json.WriteString("url"u8, url);
        json.WriteStartObject("links"u8);
        json.WriteString("buckets"u8, url + "/Buckets");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RateLimit limit, RateLimitBucket bucket, string address)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, bucket.Sid.ToString());
        json.WriteString("rate_limit_sid"u8, limit.Sid.ToString());
        json.WriteString("service_sid"u8, limit.ServiceSid.ToString());
        json.WriteString("account_sid"u8, limit.AccountSid.ToString());
        json.WriteNumber("max"u8, bucket.Max);
        json.WriteNumber("interval"u8, bucket.IntervalSeconds);
        json.WriteString("date_created"u8, VerificationJson.Date(bucket.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(bucket.UpdatedAt));
        json.WriteString("url"u8, $"{UrlOf(limit, address)}/Buckets/{bucket.Sid}");
        json.WriteEndObject();
    }
}
