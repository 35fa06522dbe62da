using System.Text.Json.Serialization;
using Countersign.Core.Channels;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>One step of a fallback plan as JSON.</summary>
sealed record FallbackDocument
{
    [JsonPropertyName("c")]
    public int Channel { get; set; }

    [JsonPropertyName("w")]
    public int WaitSeconds { get; set; }

    [JsonPropertyName("to")]
    public string? To { get; set; }

    public static List<FallbackDocument>? Of(IReadOnlyList<FallbackStep>? plan) =>
        plan is null ? null : [.. plan.Select(step => new FallbackDocument { Channel = (int)step.Channel, WaitSeconds = step.WaitSeconds, To = step.To })];

    public static IReadOnlyList<FallbackStep>? Read(List<FallbackDocument>? plan) =>
        plan?.ConvertAll(step => new FallbackStep((Channel)step.Channel, step.WaitSeconds, step.To));
}
