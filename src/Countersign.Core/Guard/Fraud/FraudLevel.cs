namespace Countersign.Core.Guard.Fraud;

/// <summary>How readily Fraud Guard refuses, named as Twilio names it. Kept in a service's settings by number: add, never renumber.</summary>
public enum FraudLevel
{
    /// <summary>Nothing is judged or counted.</summary>
    Off = 0,

    /// <summary>Refuses what leaves no doubt.</summary>
    Basic = 1,

    /// <summary>The default.</summary>
    Standard = 2,

    /// <summary>Refuses early, and some people with it.</summary>
    Max = 3,
}
