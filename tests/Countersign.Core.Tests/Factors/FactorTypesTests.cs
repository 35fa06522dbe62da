using Countersign.Core.Factors;

namespace Countersign.Core.Tests.Factors;

public sealed class FactorTypesTests
{
    [Fact]
    public void Every_kind_has_a_name_of_its_own_as_the_API_writes_it() => Assert.Equal(
        ["totp", "push", "passkeys", "backup_codes"], Enum.GetValues<FactorType>().Select(FactorTypes.NameOf));
}
