namespace Countersign.Core.Factors.Passkeys;

/// <summary>The rules of WebAuthn: judges what an authenticator answered. Keeps nothing. Never throws for what a browser sent.</summary>
public interface IPasskeyCeremony
{
    /// <summary>Judges a registration.</summary>
    Task<CeremonyOutcome> RegisterAsync(PasskeyConfig config, byte[] challenge, Sid entity, PasskeyAnswer answer);

    /// <summary>Judges an assertion against the passkey that is kept. With <paramref name="needsHandle"/> the answer must say whose passkey it is.</summary>
    Task<CeremonyOutcome> AssertAsync(PasskeyConfig config, byte[] challenge, Sid entity, bool needsHandle, PasskeyCredential kept, PasskeyAnswer answer);
}

/// <summary>What a browser handed back, read as far as is needed to know whom to ask.</summary>
/// <param name="CredentialId">Which passkey.</param>
/// <param name="Challenge">What was signed, so it says.</param>
/// <param name="AuthenticatorData">What the authenticator says of itself and the person; null in a registration, where it lies deeper.</param>
/// <param name="Json">The credential as the WebAuthn specification writes it.</param>
public sealed record PasskeyAnswer(byte[] CredentialId, CeremonyChallenge Challenge, byte[]? AuthenticatorData, string Json)
{
    // Not what a generated one would show: the JSON holds what was signed.
    public override string ToString() => nameof(PasskeyAnswer);
}

/// <summary>What a ceremony came to.</summary>
public abstract record CeremonyOutcome
{
    /// <summary>It holds; the passkey as it is to be kept now.</summary>
    public sealed record Held(PasskeyCredential Credential) : CeremonyOutcome;

    /// <summary>It does not.</summary>
    public sealed record Refused(CeremonyProblem Problem) : CeremonyOutcome;

    CeremonyOutcome()
    {
    }
}

/// <summary>Why a ceremony does not hold.</summary>
public enum CeremonyProblem
{
    /// <summary>Something that was signed, or the signature, is not right.</summary>
    Invalid,

    /// <summary>It comes from a page or app that is not among the origins, or from a frame in another's page.</summary>
    Origin,

    /// <summary>The counter did not grow: the passkey may have been copied, or the answer was seen before.</summary>
    Counter,

    /// <summary>The authenticator did not verify the person, and the policy requires it.</summary>
    NotUserVerified,
}
