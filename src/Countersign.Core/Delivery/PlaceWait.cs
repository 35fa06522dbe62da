namespace Countersign.Core.Delivery;

/// <summary>How a place of a carrier is waited for.</summary>
/// <param name="Patience">How long.</param>
/// <param name="Since">Since when the message waits for everything: the first of those that wait goes first.</param>
/// <param name="Room">Where the message has a place that it may leave meanwhile; null for none.</param>
readonly record struct PlaceWait(TimeSpan Patience, DateTimeOffset Since, DispatchRoom? Room)
{
    /// <summary>It has not waited yet, and may be let go where too many do: those that came before it are not.</summary>
    public bool IsNew { get; init; }
}
