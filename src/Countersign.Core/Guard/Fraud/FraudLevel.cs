namespace Countersign.Core.Guard.Fraud;

/// <summary>How readily Fraud Guard refuses, named as Twilio names it. Kept in a service's settings by number: add, never renumber.</summary>
public enum FraudLevel
{
    /// <summary>The default, which is 0 so that settings kept before there was a level read as it.</summary>
    Standard = 0,

    /// <summary>Nothing is judged or counted.</summary>
    Off = 1,

    /// <summary>Refuses what leaves no doubt.</summary>
    Basic = 2,

    /// <summary>Refuses early, and some people with it.</summary>
    Max = 3,
}
