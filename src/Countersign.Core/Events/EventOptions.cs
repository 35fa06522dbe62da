namespace Countersign.Core.Events;

/// <summary>Settings of webhooks and sinks, section <c>Countersign:Webhooks</c>.</summary>
public sealed class EventOptions
{
    /// <summary>
    /// Networks (CIDR) or addresses that events may be posted to although they are not public, such as <c>10.1.0.0/16</c>. Default none: whoever may set up a webhook could otherwise
    /// reach what only this server should.
    /// </summary>
    public IList<string> AllowedNetworks { get; set; } = [];

    /// <summary>Seconds that a receiver has to answer, 1 to 30. Default 10.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Hours for which an event is tried, 1 to 168. Default 24. Then it is a dead letter.</summary>
    public int RetryHours { get; set; } = 24;

    /// <summary>Events that may wait for one receiver, 100 to 10,000,000. Default 100,000. More are not kept, and counted.</summary>
    public int MaxWaiting { get; set; } = 100_000;

    /// <summary>Days that dead letters are kept, 1 to 365. Default 30.</summary>
    public int DeadDays { get; set; } = 30;
}
