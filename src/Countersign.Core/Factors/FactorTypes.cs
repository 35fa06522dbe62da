namespace Countersign.Core.Factors;

/// <summary>What the kinds of factors are called, in the API and in events.</summary>
public static class FactorTypes
{
    /// <summary>Twilio's name, or ours where Twilio has none.</summary>
    public static string NameOf(FactorType type) => type switch
    {
        FactorType.Totp => "totp",
        FactorType.Push => "push",
        FactorType.Passkey => "passkeys",
        _ => "backup_codes",
    };
}
