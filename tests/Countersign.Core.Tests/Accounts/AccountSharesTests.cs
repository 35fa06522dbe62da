using Countersign.Core.Accounts;

namespace Countersign.Core.Tests.Accounts;

public sealed class AccountSharesTests
{
    static readonly Sid Ann = Sid.Parse("AC" + new string('a', 32), "AC"), Bob = Sid.Parse("AC" + new string('b', 32), "AC");

    [Fact]
    public void Each_account_is_counted_alone()
    {
        var shares = new AccountShares();

        Assert.Equal((1, 2, 1), (shares.Begin(Ann), shares.Begin(Ann), shares.Begin(Bob)));
        shares.End(Ann);

        Assert.Equal((1, 1), (shares.Of(Ann), shares.Of(Bob)));
        Assert.Equal(2, shares.Begin(Ann));
    }

    [Fact]
    public void What_many_threads_begin_and_end_comes_out_even()
    {
        var shares = new AccountShares();

        Parallel.For(0, 20_000, i =>
        {
            var account = i % 2 == 0 ? Ann : Bob;
            Assert.InRange(shares.Begin(account), 1, 20_000);
            shares.End(account);
        });

        Assert.Equal((0, 0), (shares.Of(Ann), shares.Of(Bob)));
    }
}
