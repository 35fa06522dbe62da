namespace Countersign.Storage;

/// <summary>How much may wait for carriers before a store takes no more.</summary>
static class Backlog
{
    /// <summary>
    /// Messages without an outcome. At more nothing new is started or sent again: what carriers do not take in the time that its code is good for is not sent any more, and whoever is told so at once comes back.
    /// What was promised before, such as the next channel of a plan, still goes into the outbox.
    /// </summary>
    public const int MaxMessages = 500_000;
}
