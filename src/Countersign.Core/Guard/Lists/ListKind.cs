namespace Countersign.Core.Guard.Lists;

/// <summary>The lists of numbers that an account has.</summary>
public enum ListKind
{
    /// <summary>Numbers that geo permissions, line types, Fraud Guard and the risk score let through. Limits hold for them as for any other.</summary>
    Safe = 1,

    /// <summary>Numbers that nothing is sent to, whatever else holds.</summary>
    Block,
}
