namespace Countersign.Core.Factors.Passkeys;

/// <summary>What a passkey may sign with, as COSE numbers it.</summary>
public static class PasskeyAlgorithms
{
    /// <summary>ECDSA on P-256 with SHA-256, which all have but the authenticators of some Windows computers.</summary>
    public const int Es256 = -7;

    /// <summary>RSA with SHA-256, which those have.</summary>
    public const int Rs256 = -257;

    /// <summary>All, best first.</summary>
    public static IReadOnlyList<int> All { get; } = [Es256, Rs256];
}
