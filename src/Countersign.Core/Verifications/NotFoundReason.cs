namespace Countersign.Core.Verifications;

/// <summary>Why there is no verification to act on, for <c>details.reason</c> of a 20404.</summary>
public enum NotFoundReason
{
    /// <summary>No such verification is known for this service.</summary>
    NeverExisted,

    /// <summary>The code was typed back already.</summary>
    Approved,

    /// <summary>The caller cancelled it.</summary>
    Canceled,

    /// <summary>Nobody typed the code in time.</summary>
    Expired,

    /// <summary>Five guesses were wrong.</summary>
    MaxAttemptsReached,
}

/// <summary>Names of the reasons.</summary>
public static class NotFoundReasons
{
    /// <summary>The reason that a verification which is not pending gives.</summary>
    public static NotFoundReason Of(VerificationStatus status) => status switch
    {
        VerificationStatus.Approved => NotFoundReason.Approved,
        VerificationStatus.Canceled => NotFoundReason.Canceled,
        VerificationStatus.Expired => NotFoundReason.Expired,
        VerificationStatus.MaxAttemptsReached => NotFoundReason.MaxAttemptsReached,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "A pending verification can be found."),
    };
}
