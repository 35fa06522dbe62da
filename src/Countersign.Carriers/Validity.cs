using Countersign.Core.Delivery;

namespace Countersign.Carriers;

/// <summary>How long a carrier may still try.</summary>
static class Validity
{
    /// <summary>Whole seconds until the code stops being good, within what the carrier allows.</summary>
    public static int SecondsLeft(OutgoingMessage message, DateTimeOffset now, int min, int max) =>
        (int)Math.Clamp((message.ExpiresAt - now).TotalSeconds, min, max);
}
