using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Limits;

namespace Countersign.Storage;

/// <summary>A service's rate limit as JSON; its service and unique name are in its name.</summary>
sealed record RateLimitDocument
{
    public string Sid { get; set; } = "";

    public string Description { get; set; } = "";

    public List<RateLimitBucketDocument> Buckets { get; set; } = [];
}

/// <summary>One bucket of a rate limit.</summary>
sealed record RateLimitBucketDocument
{
    public string Sid { get; set; } = "";

    public int Max { get; set; }

    public int IntervalSeconds { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>Rate limits in a registry.</summary>
sealed class RateLimitDocuments : RegistryDocument<RateLimit>
{
    public override string Kind => "rate_limit";

    public override string Write(RateLimit entry) => JsonSerializer.Serialize(
        new RateLimitDocument
        {
            Sid = entry.Sid.ToString(),
            Description = entry.Description,
            Buckets = [.. entry.Buckets.Select(bucket => new RateLimitBucketDocument
            {
                Sid = bucket.Sid.ToString(),
                Max = bucket.Max,
                IntervalSeconds = bucket.IntervalSeconds,
                CreatedAt = bucket.CreatedAt,
                UpdatedAt = bucket.UpdatedAt,
            })],
        },
        StorageJson.Default.RateLimitDocument);

    public override RateLimit Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.RateLimitDocument)!;
        return new RateLimit
        {
            Sid = Sid.Parse(document.Sid, "RK"),
            AccountSid = row.AccountSid,
            ServiceSid = Sid.Parse(row.Name[..Sid.Length], "VA"),
            UniqueName = row.Name[(Sid.Length + 1)..],
            Description = document.Description,
            Buckets = [.. document.Buckets.Select(bucket => new RateLimitBucket
            {
                Sid = Sid.Parse(bucket.Sid, "BL"),
                Max = bucket.Max,
                IntervalSeconds = bucket.IntervalSeconds,
                CreatedAt = bucket.CreatedAt,
                UpdatedAt = bucket.UpdatedAt,
            })],
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(RateLimit entry) => (entry.CreatedAt, entry.UpdatedAt);
}
