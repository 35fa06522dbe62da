namespace Countersign.Storage.PostgreSql;

/// <summary>Names of the locks that nodes take to do something one at a time. The first half is ours in any database that is shared with others.</summary>
static class AdvisoryLocks
{
    const long Ours = 0x43_6f_75_6e_00000000;

    /// <summary>Bringing the schema up to date.</summary>
    public const long Schema = Ours + 1;

    /// <summary>Making, detaching and dropping partitions.</summary>
    public const long Partitions = Ours + 2;

    /// <summary>The pass that removes what is too old: one node at a time.</summary>
    public const long Retention = Ours + 3;

    /// <summary>Making the first account and service.</summary>
    public const long FirstCredentials = Ours + 4;

    /// <summary>Deciding which store has the live verifications.</summary>
    public const long LivePlace = Ours + 5;

    /// <summary>First half of a pair: adding to accounts, or to an account's services, keys or one of its registries. The second half is a hash of which.</summary>
    public const int Additions = 0x43_6f_75_6e;
}
